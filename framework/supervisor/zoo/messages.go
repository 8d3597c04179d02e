package zoo

import (
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/supervisor"
)

// messages are too large, too many, or none.
var messages = []Animal{
	{Name: "describes itself at length", Refused: supervisor.ReasonSilent, Says: []string{"larger than max"}},
	{Name: "a million drivers", Refused: supervisor.ReasonSilent, Says: []string{"larger than max"}},
	{Name: "schema without a floor", Refused: supervisor.ReasonSilent},
	{Name: "schema of everything", Refused: supervisor.ReasonSilent},
	{Name: "describes itself in noise", Refused: supervisor.ReasonSilent},
	{Name: "name that is no text", Refused: supervisor.ReasonSilent},
	{Name: "evidence in noise", State: event.StateFailed, Says: []string{"malformed batch"}},
	{Name: "columns of unequal length", State: event.StateFailed, Says: []string{"malformed batch"}},
	{Name: "source that is not there", State: event.StateFailed, Says: []string{"malformed batch"}},
	{Name: "text that is not there", State: event.StateFailed, Says: []string{"malformed batch"}},
	{Name: "a million reports at once", State: event.StateFailed, Says: []string{"larger than max"}},
	{Name: "message over the limit", State: event.StateFailed, Says: []string{"larger than max"}},
	{Name: "message of a gigabyte, it says", Refused: supervisor.ReasonSilent},
	{Name: "messages without content"},
	{Name: "squeezed message", Refused: supervisor.ReasonSilent},
	{Name: "frames of one byte", State: event.StateFailed, Says: []string{"does not answer"}},
	{Name: "frames that trickle", Refused: supervisor.ReasonHung},
	{Name: "empty frames without end", Refused: supervisor.ReasonHung},
	{Name: "settings without end", Refused: supervisor.ReasonHung},
	{Name: "pings without end", Refused: supervisor.ReasonHung},
	{Name: "headers of a megabyte", Refused: supervisor.ReasonSilent},
	{Name: "goes away again and again", Refused: supervisor.ReasonSilent},
	{Name: "resets every stream", Refused: supervisor.ReasonSilent},
	{Name: "frames of noise", Refused: supervisor.ReasonSilent},
	{Name: "answers in HTML", Refused: supervisor.ReasonSilent, Says: []string{"text/html"}},
}
