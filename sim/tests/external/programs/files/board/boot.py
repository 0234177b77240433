print("boot")
remembered = "from boot"
