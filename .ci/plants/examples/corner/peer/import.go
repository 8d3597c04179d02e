package peer

import "github.com/openaisle/aisle/hcl/storedef" // want depguard "plugins-import-sdk-only': plugins and examples import only sdk"

// Def is not for vendors.
type Def = storedef.Store
