terraform {
  # 1.9: a variable's validation may look at other variables.
  required_version = ">= 1.9"

  # The directory and, behind Postgres, the kind of the backend come with `terraform init`.
  backend "local" {}

  required_providers {
    vsphere = {
      # Older Terraform code knows it as hashicorp/vsphere.
      source  = "vmware/vsphere"
      version = ">= 2.13"
    }
  }
}
