package gate

import (
	"github.com/hashicorp/hcl/v2"                // want depguard "hcl-ends-at-resolve': hashicorp/hcl and cty only in" "sdk-stands-alone': sdk imports nothing of ours"
	"github.com/openaisle/aisle/framework/event" // want depguard "sdk-stands-alone': sdk imports nothing of ours"
	"github.com/openaisle/aisle/sdk/internal/pb" // want depguard "generated-code': generated code only by adapters in sdk"
)

type Gate struct { // want revive "exported type Gate should have comment"
	Range  hcl.Range
	Record event.Record
	PB     pb.Thing
}
