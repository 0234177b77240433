def fails():
    raise OSError(19)


def called_by(function):
    function()
