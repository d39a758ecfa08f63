module anchorage.local/lab/mirror/pause

go 1.25.0
