from .part import NAME
