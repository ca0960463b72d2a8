"""Terraform's configuration language: modules of `.tf` files."""
