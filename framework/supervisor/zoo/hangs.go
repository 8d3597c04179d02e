package zoo

import (
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/fault"
)

// hangs don't go on. Each has a deadline that is the host's.
var hangs = []Animal{
	{Name: "hang at start", Refused: supervisor.ReasonHung},
	{Name: "stop at start", Refused: supervisor.ReasonHung},
	{Name: "accepts nothing", Refused: supervisor.ReasonHung},
	{Name: "no socket at all", Refused: supervisor.ReasonSilent},
	{Name: "handshake in drip", Refused: supervisor.ReasonHung},
	{Name: "no TLS handshake", Refused: supervisor.ReasonHung},
	{Name: "plain text behind the certificate", Refused: supervisor.ReasonSilent},
	{Name: "TLS and no word", Refused: supervisor.ReasonHung},
	{Name: "TLS and closes", Refused: supervisor.ReasonSilent},
	{Name: "hang in describe", Refused: supervisor.ReasonHung},
	{Name: "hang in open", Class: storedef.ClassCamera, State: event.StateOffline, Says: []string{"did not open within"}},
	{Name: "hang while running", Class: storedef.ClassRFIDReader},
	{Name: "hang in a call", Class: storedef.ClassGate, Asks: true, Answer: []fault.Code{fault.Unknown}},
	{Name: "hang in health", State: event.StateFailed, Says: []string{"does not answer"}},
	{Name: "hang in close"},
	{Name: "won't end"},
	{Name: "hang in shutdown"},
	{Name: "stopped while running", Class: storedef.ClassCredentialReader, State: event.StateFailed, Says: []string{"does not answer"}},
	{Name: "stops when asked to end", Class: storedef.ClassPayment},
	{Name: "live-lock"},
}
