package zoo

import (
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/supervisor"
)

// forgeries say what is not so.
var forgeries = []Animal{
	{Name: "forges log lines", Logs: []string{`innocent\r\x1b[1Apayment: settled`, `cell\nplugin=cards payment settled`, "drifts", `\u202egnp.exe`}},
	{Name: "TCP address", Refused: supervisor.ReasonNoHandshake, Says: []string{"127.0.0.1:1", "outside the directory"}},
	{Name: "socket elsewhere", Refused: supervisor.ReasonNoHandshake, Says: []string{"/run/other.sock"}},
	{Name: "socket through a parent", Refused: supervisor.ReasonNoHandshake, Says: []string{"outside the directory"}},
	{Name: "abstract socket", Refused: supervisor.ReasonNoHandshake, Says: []string{"@aisle-zoo"}},
	{Name: "socket that is a link", Refused: supervisor.ReasonNoHandshake, Or: supervisor.ReasonSilent, Says: []string{"link"}},
	{Name: "certificate of another", Refused: supervisor.ReasonSilent, Says: []string{"certificate"}},
	{Name: "certificate for no name", Refused: supervisor.ReasonSilent, Says: []string{"certificate"}},
	{Name: "asks for no certificate"},
	{Name: "wants a certificate of its", Refused: supervisor.ReasonSilent},
	{Name: "device that is not there", Foreign: true},
	{Name: "epoch of the past", Foreign: true},
	{Name: "epoch of the future", Foreign: true},
	{Name: "epoch of the neighbour", Foreign: true},
	{Name: "numbers twice", Reports: 4},
	{Name: "numbers backwards", Reports: 5},
	{Name: "numbers left out", Reports: 4, Lost: 7},
	{Name: "number zero", State: event.StateFailed, Says: []string{"malformed batch"}},
	{Name: "last number there is"},
	{Name: "gap that never was", State: event.StateFailed, Says: []string{"malformed batch"}},
	{Name: "evidence of another class", Lost: 1},
	{Name: "mass below nothing"},
	{Name: "bay that is not there"},
	{Name: "long ago", State: event.StateFailed, Says: []string{"malformed batch"}},
	{Name: "in days to come", State: event.StateFailed, Says: []string{"malformed batch"}},
	{Name: "health of others"},
	{Name: "health in no known state"},
	{Name: "lost devices of others"},
}
