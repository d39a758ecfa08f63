"""Questions put to a vCenter: facts for the checks, lists for the wizard, privileges, and the upload of a template."""
