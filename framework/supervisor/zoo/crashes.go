package zoo

import (
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/fault"
)

// crashes end where they should not. A command that was on its way has an
// outcome that nobody knows.
var crashes = []Animal{
	{Name: "crash in describe", Refused: supervisor.ReasonExited, Says: []string{"exit status 4"}},
	{Name: "crash in open", State: event.StateFailed, Says: []string{"exit status 5", "crash in open"}},
	{Name: "panic in open", Class: storedef.ClassCamera, State: event.StateFailed, Says: []string{"no such board"}},
	{Name: "crash while running", Class: storedef.ClassRFIDReader, State: event.StateFailed, Says: []string{"exit status 5", "crash while running"}},
	{Name: "panic while running", Class: storedef.ClassCredentialReader, State: event.StateFailed, Says: []string{"index out of range"}},
	{Name: "panic in a goroutine", State: event.StateFailed, Says: []string{"exit status 2", "nobody recovers this"}},
	{Name: "returns while running", Class: storedef.ClassGate, State: event.StateOffline, Says: []string{"cable pulled"}},
	{Name: "crash in a call", Class: storedef.ClassGate, Asks: true, Answer: []fault.Code{fault.Unknown}, State: event.StateFailed, Says: []string{"crash in a call"}},
	{Name: "panic in a call", Class: storedef.ClassGate, Asks: true, Answer: []fault.Code{fault.Internal}, Says: []string{"the motor is not there"}},
	{Name: "crash after a commit", Class: storedef.ClassPayment, Asks: true, Answer: []fault.Code{fault.Unknown}, State: event.StateFailed, Says: []string{"crash after a commit"}},
	{Name: "crash in health", State: event.StateFailed, Says: []string{"crash in health"}},
	{Name: "panic in health", State: event.StateDegraded, Says: []string{"no gauge"}},
	{Name: "crash in close"},
	{Name: "panic in close"},
	{Name: "abort when asked to end", Class: storedef.ClassCamera},
}
