package reader

import (
	"fmt"
	"strings"

	"github.com/openaisle/aisle/plugins/llrp/internal/codec"
)

// impinj is its Private Enterprise Number, by which readers name their maker (IANA).
const impinj = 25882

// abilities are what a reader says that it can do, as far as it matters here.
type abilities struct {
	maker, model uint32
	firmware     string
	antennas     int
	inputs       int
	outputs      int
	utc          bool
	holds        bool // reports while nobody is connected
	powers       []*codec.TransmitPowerLevelTableEntry
	modes        []*codec.C1G2UHFRFModeTableEntry
	hopTable     uint16
	channel      uint16
}

// abilitiesOf reads what a reader answered. It may leave out much; what it has no word of is not used.
func abilitiesOf(m *codec.GetReaderCapabilitiesResponse) (a abilities) {
	if g := m.GeneralDeviceCapabilities; g != nil {
		a.maker, a.model, a.firmware = g.DeviceManufacturerName, g.ModelName, g.ReaderFirmwareVersion
		a.antennas, a.utc = int(g.MaxNumberOfAntennaSupported), g.HasUTCClockCapability
		if p := g.GPIOCapabilities; p != nil {
			a.inputs, a.outputs = int(p.NumGPIs), int(p.NumGPOs)
		}
	}
	if l := m.LLRPCapabilities; l != nil {
		a.holds = l.SupportsEventAndReportHolding
	}
	if r := m.RegulatoryCapabilities; r != nil && r.UHFBandCapabilities != nil {
		a.band(r.UHFBandCapabilities)
	}
	return a
}

func (a *abilities) band(b *codec.UHFBandCapabilities) {
	a.powers = b.TransmitPowerLevelTableEntry
	for _, t := range b.AirProtocolUHFRFModeTable {
		if t, ok := t.(*codec.C1G2UHFRFModeTable); ok {
			a.modes = append(a.modes, t.C1G2UHFRFModeTableEntry...)
		}
	}
	if f := b.FrequencyInformation; f != nil {
		switch {
		case f.Hopping && len(f.FrequencyHopTable) > 0:
			a.hopTable = uint16(f.FrequencyHopTable[0].HopTableID)
		case f.FixedFrequencyTable != nil && len(f.FixedFrequencyTable.Frequency) > 0:
			a.channel = 1 // indices count from 1 (LLRP 1.1, 15.2.4.1.2)
		}
	}
}

// power is the index of the greatest power that is not above dBm, or of the greatest for 0, and what that is in hundredths of dBm. It is false where
// all are above.
func (a *abilities) power(dBm float64) (index uint16, is int, ok bool) {
	for _, p := range a.powers {
		v := int(p.TransmitPowerValue)
		if (dBm == 0 || float64(v) <= dBm*100+0.5) && (!ok || v > is) {
			index, is, ok = p.Index, v, true
		}
	}
	return index, is, ok
}

// least is the smallest power, in dBm.
func (a *abilities) least() float64 {
	least := 0.0
	for i, p := range a.powers {
		if v := float64(p.TransmitPowerValue) / 100; i == 0 || v < least {
			least = v
		}
	}
	return least
}

// hasMode says whether the reader lists a mode.
func (a *abilities) hasMode(id int) bool {
	for _, m := range a.modes {
		if int(m.ModeIdentifier) == id {
			return true
		}
	}
	return false
}

// modeList names the modes, for people.
func (a *abilities) modeList() string {
	var ids []string
	for _, m := range a.modes {
		ids = append(ids, fmt.Sprint(m.ModeIdentifier))
	}
	return strings.Join(ids, ", ")
}
