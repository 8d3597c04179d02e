package line

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/line/usb"
	"github.com/openaisle/aisle/sdk/line/usb/usbtest"
)

func TestUSB(t *testing.T) {
	x := usbtest.New(t)
	kernel = x.Tree
	t.Cleanup(func() { kernel = usb.Machine() })
	says := func(number string, code fault.Code, words ...string) {
		t.Helper()
		got, err := USB(number)
		for _, w := range words {
			if fault.CodeOf(err) != code || fault.PathOf(err) != "usb_serial" || !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %q, %v", number, got, err)
			}
		}
	}
	says("SCALE", fault.Unavailable, "plugged in")
	for _, d := range [][4]string{
		{"1-1", "ttyACM0", "1-1:1.0", "SCANNER"}, {"1-2", "ttyACM1", "1-2:1.0", "SCALE"}, {"1-3", "ttyACM2", "1-3:1.0", "0001"},
		{"1-4", "ttyACM3", "1-4:1.0", "0001"}, {"1-5", "ttyACM4", "1-5:1.0", ""},
	} {
		x.Plug(d[0], d[1], d[2], d[3])
	}
	for number, want := range map[string]string{"SCALE": "ttyACM1", "SCANNER": "ttyACM0"} {
		if got, err := USB(number); err != nil || got != filepath.Join(x.Dev, want) {
			t.Errorf("%s: %s, %v", number, got, err)
		}
	}
	says("0001", fault.Invalid, "ttyACM2 and ", "ttyACM3 have the USB serial number")
	says("FTDI", fault.Unavailable, `ttyACM0 has "SCANNER"`, "ttyACM4 has none")
}
