stage  = "prod"
bucket = "shop-uploads-20240102030405"
