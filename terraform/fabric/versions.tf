terraform {
  # 1.9: a variable's validation may look at other variables.
  required_version = ">= 1.9"

  # The directory and, behind Postgres, the kind of the backend come with `terraform init`.
  backend "local" {}

  required_providers {
    aci = {
      source = "CiscoDevNet/aci"
      # Before 2.20 the provider signed some paths wrongly, so that certificate authentication failed.
      version = ">= 2.20"
    }
  }
}
