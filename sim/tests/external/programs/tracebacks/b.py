print("never")
1 +
