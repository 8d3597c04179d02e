module github.com/openaisle/aisle/plugins/llrp/gollrp

go 1.26

require github.com/iomz/go-llrp v0.1.0
