terraform {
  required_version = ">= 1.9"

  required_providers {
    vsphere = {
      source  = "vmware/vsphere"
      version = ">= 2.13"
    }
  }
}
