import part


def fails():
    part.fails()
