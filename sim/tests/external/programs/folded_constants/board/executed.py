print("executed", errno.ETIMEDOUT)
