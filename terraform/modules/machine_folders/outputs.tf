output "path" {
  description = "Path of the lowest folder, known once it is there."
  value       = one(concat(vsphere_folder.third[*].path, length(var.made) >= 3 ? [] : concat(vsphere_folder.second[*].path, length(var.made) >= 2 ? [] : concat(vsphere_folder.first[*].path, length(var.made) >= 1 ? [] : [var.existing]))))
}
