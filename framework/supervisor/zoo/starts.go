package zoo

import "github.com/openaisle/aisle/framework/supervisor"

// starts don't get as far as to be plugins, or nearly not.
var starts = []Animal{
	{Name: "exit at start", Refused: supervisor.ReasonExited, Says: []string{"exit status 3", `opening the port | no such port: \x1b[31m/dev/ttyUSB7`}},
	{Name: "panic at start", Refused: supervisor.ReasonExited, Says: []string{"exit status 2", "panic: no licence"}},
	{Name: "kills itself at start", Refused: supervisor.ReasonExited, Or: supervisor.ReasonNoHandshake},
	{Name: "exit without a word", Refused: supervisor.ReasonExited, Says: []string{"exit status 0"}},
	{Name: "rubbish first", Refused: supervisor.ReasonNoHandshake, Says: []string{`Acme driver\x1b[2J starting`, "standard output"}},
	{Name: "half a line", Refused: supervisor.ReasonNoHandshake, Or: supervisor.ReasonExited, Says: []string{"usage: acme", "exit status 2"}},
	{Name: "70000 bytes first", Refused: supervisor.ReasonNoHandshake, Says: []string{"over 4096 bytes", "xxx..."}},
	{Name: "closed output", Refused: supervisor.ReasonNoHandshake, Says: []string{"closed its standard output"}},
	{Name: "no bytes but zeros", Refused: supervisor.ReasonNoHandshake, Says: []string{`\x00`}},
	{Name: "three fields", Refused: supervisor.ReasonNoHandshake, Says: []string{"1|1|unix"}},
	{Name: "an empty field", Refused: supervisor.ReasonNoHandshake, Says: []string{"1|1||||"}},
	{Name: "other core protocol", Refused: supervisor.ReasonNoHandshake},
	{Name: "other contract", Refused: supervisor.ReasonOtherContract, Says: []string{"version 7", "version 1"}},
	{Name: "negative contract", Refused: supervisor.ReasonOtherContract, Says: []string{"version -1"}},
	{Name: "net/rpc", Refused: supervisor.ReasonNoHandshake, Says: []string{"netrpc"}},
	{Name: "certificate not coded", Refused: supervisor.ReasonNoHandshake, Says: []string{"certificate is none"}},
	{Name: "certificate of nothing", Refused: supervisor.ReasonNoHandshake, Says: []string{"certificate is none"}},
	{Name: "no certificate", Refused: supervisor.ReasonNoHandshake, Says: []string{"certificate"}},
	{Name: "expired certificate", Refused: supervisor.ReasonSilent, Says: []string{"expired"}},
	{Name: "ninety-nine fields", Refused: supervisor.ReasonNoHandshake, Says: []string{"more fields"}},
	{Name: "a second line"},
	{Name: "carriage return"},
	{Name: "handshake in single bytes"},
	{Name: "ready and gone", Refused: supervisor.ReasonExited, Says: []string{"exit status 0"}},
	{Name: "describes another contract", Refused: supervisor.ReasonSilent, Says: []string{"contract version 9"}},
	{Name: "describes nothing", Refused: supervisor.ReasonSilent},
}
