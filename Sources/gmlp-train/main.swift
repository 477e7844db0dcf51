print("gmlp-train")
