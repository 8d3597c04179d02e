package main

import (
	"strings"
	"testing"

	"github.com/openaisle/aisle/plugins/modbus/modbussim"
)

func TestOrders(t *testing.T) {
	d := modbussim.Make()
	for _, c := range []struct{ line, answer, problem string }{
		{"", "", ""}, {"put 0 3450", "", ""}, {"set 65535 1", "", ""}, {"input 7 on", "", ""}, {"break on", "", ""}, {"coil 3", "coil 3 was switched on 0 times", ""},
		{"put 65535 1", "", "a register and a number of 32 bits"}, {"put 0 9999999999", "", "32 bits"}, {"set 0 70000", "", "16 bits"},
		{"input 7 up", "", "no order"}, {"pass in 0 x", "", "two beams"}, {"fly", "", "no order"},
	} {
		answer, err := order(d, strings.Fields(c.line))
		if answer != c.answer || (err == nil) != (c.problem == "") || err != nil && !strings.Contains(err.Error(), c.problem) {
			t.Errorf("%q: %q, %v", c.line, answer, err)
		}
	}
}
