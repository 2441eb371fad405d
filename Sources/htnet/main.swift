print("htnet")
