package storefile

import (
	"os"
	"testing"
)

func TestSmoke(t *testing.T) {
	d, ps := Load("../../examples/corner", nil)
	_ = Print(os.Stdout, ps, false)
	t.Log(len(d.Store.Products), len(d.Store.Facings), len(d.Store.Devices), d.Store.Peers, d.Unchecked)
}
