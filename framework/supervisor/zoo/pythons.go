package zoo

import (
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/fault"
)

// pythons are written against the published contract alone. The first two do
// all as they should: they are the proof that the contract suffices.
var pythons = []Animal{
	{Name: "python: well-behaved", Python: true, AtLeast: 50},
	{Name: "python: well-behaved gate", Python: true, Class: storedef.ClassGate, AtLeast: 20, Asks: true, Answer: []fault.Code{fault.None}, Logs: []string{"admitted 1 of s1"}},
	{Name: "python: traceback", Python: true, Refused: supervisor.ReasonExited, Says: []string{"exit status 1", "no_such_module"}},
	{Name: "python: exits", Python: true, Refused: supervisor.ReasonExited, Says: []string{"no licence"}},
	{Name: "python: rubbish first", Python: true, Refused: supervisor.ReasonNoHandshake, Says: []string{`Acme for Python\x1b[2J`}},
	{Name: "python: unstoppable", Python: true, Refused: supervisor.ReasonHung},
	{Name: "python: child holds all, parent gone", Python: true, Refused: supervisor.ReasonExited, Says: []string{"exit status 7"}},
	{Name: "python: fork before it serves", Python: true},
	{Name: "python: daemon", Python: true, Needs: Isolation},
	{Name: "python: other contract", Python: true, Refused: supervisor.ReasonOtherContract, Says: []string{"version 3"}},
	{Name: "python: no TLS", Python: true, Refused: supervisor.ReasonSilent},
	{Name: "python: leaves in a call", Python: true, Class: storedef.ClassGate, Asks: true, Answer: []fault.Code{fault.Unknown}, State: event.StateFailed, Says: []string{"exit status 9"}},
	{Name: "python: raises in a call", Python: true, Class: storedef.ClassGate, Asks: true, Answer: []fault.Code{fault.Unknown}},
	{Name: "python: late", Python: true, Class: storedef.ClassGate, Asks: true, Answer: []fault.Code{fault.Unknown}},
	{Name: "python: stops itself", Python: true, State: event.StateFailed, Says: []string{"does not answer"}},
	{Name: "python: describes itself in noise", Python: true, Refused: supervisor.ReasonSilent},
	{Name: "python: describes itself at length", Python: true, Refused: supervisor.ReasonSilent, Says: []string{"larger than max"}},
	{Name: "python: forges epochs", Python: true, AtLeast: 20},
	{Name: "python: floods standard error", Python: true, Logs: []string{"output dropped"}},
}
