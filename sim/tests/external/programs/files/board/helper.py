def answer():
    return __name__ + " " + __file__
