package reader

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/openaisle/aisle/plugins/llrp/internal/codec"
	"github.com/openaisle/aisle/sdk/fault"
)

// roSpecID is the one ROSpec that is ours. All others are deleted: a reader has one client.
const roSpecID = 1

// Impinj's extensions, by number. They are set only on readers that name Impinj as their maker.
const (
	impinjEnableExtensions = 21 // message
	impinjSearchMode       = 23
	impinjReportContent    = 50
	impinjEnablePhase      = 52
	impinjEnablePeakRSSI   = 53
	impinjPhase            = 56
	impinjPeakRSSI         = 57
	impinjEnableDoppler    = 67
	impinjDoppler          = 68
)

// searchModes are the values of Impinj's search mode.
var searchModes = map[string]uint16{"single": 1, "dual": 2, "focus": 3}

func invalid(path, format string, args ...any) error {
	return fault.At(path, fault.Errorf(fault.Invalid, format, args...))
}

// roSpec makes the ROSpec of what is wanted and what the reader can do.
func roSpec(c *Config, a *abilities) (*codec.ROSpec, error) {
	ids, antennas, err := antennaConfigs(c, a)
	if err != nil {
		return nil, err
	}
	start := &codec.ROSpecStartTrigger{ROSpecStartTriggerType: codec.ROSpecStartTriggerTypeImmediate}
	stop := &codec.ROSpecStopTrigger{ROSpecStopTriggerType: codec.ROSpecStopTriggerTypeNull}
	if t := c.Trigger; t != nil {
		if t.Port > a.inputs {
			return nil, invalid("trigger.port", "input %d: the reader has %d", t.Port, a.inputs)
		}
		start.ROSpecStartTriggerType = codec.ROSpecStartTriggerTypeGPI
		start.GPITriggerValue = &codec.GPITriggerValue{GPIPortNum: uint16(t.Port), GPIEvent: !t.Low}
		stop.ROSpecStopTriggerType = codec.ROSpecStopTriggerTypeGPIWithTimeout
		stop.GPITriggerValue = &codec.GPITriggerValue{GPIPortNum: uint16(t.Port), GPIEvent: t.Low, Timeout: millis(t.Longest)}
	}
	return &codec.ROSpec{
		ROSpecID:       roSpecID,
		ROBoundarySpec: &codec.ROBoundarySpec{ROSpecStartTrigger: start, ROSpecStopTrigger: stop},
		SpecParameter: []codec.SpecParameter{&codec.AISpec{
			AntennaIDs:        ids,
			AISpecStopTrigger: &codec.AISpecStopTrigger{AISpecStopTriggerType: codec.AISpecStopTriggerTypeNull},
			InventoryParameterSpec: []*codec.InventoryParameterSpec{{
				InventoryParameterSpecID: 1, ProtocolID: codec.AirProtocolsEPCGlobalClass1Gen2, AntennaConfiguration: antennas,
			}},
		}},
		ROReportSpec: reportSpec(a),
	}, nil
}

func millis(d time.Duration) uint32 { return uint32(d / time.Millisecond) }

// antennaConfigs gives the antennas and how each is set.
func antennaConfigs(c *Config, a *abilities) (ids []uint16, list []*codec.AntennaConfiguration, err error) {
	if c.Mode >= 0 && !a.hasMode(c.Mode) {
		return nil, nil, invalid("mode", "mode %d: the reader has %s", c.Mode, a.modeList())
	}
	if c.Inventory != "reader" && a.maker != impinj {
		return nil, nil, invalid("inventory", "%s: only readers of Impinj know it, and this one's maker has number %d; leave it out", c.Inventory, a.maker)
	}
	all := c.Antennas
	if len(all) == 0 {
		all = []Antenna{{}} // 0 is every antenna
	}
	seen := map[int]bool{}
	for i, want := range all {
		path := fmt.Sprintf("antenna[%d]", i)
		switch {
		case want.ID > a.antennas && a.antennas > 0:
			return nil, nil, invalid(path+".id", "antenna %d: the reader has %d", want.ID, a.antennas)
		case seen[want.ID]:
			return nil, nil, invalid(path+".id", "antenna %d is named twice", want.ID)
		}
		seen[want.ID] = true
		dBm, path := want.Power, path+".power"
		if dBm == 0 {
			dBm, path = c.Power, "power"
		}
		conf := &codec.AntennaConfiguration{AntennaID: uint16(want.ID), AirProtocolInventoryCommandSettings: []codec.AirProtocolInventoryCommandSettings{command(c)}}
		if len(a.powers) > 0 {
			index, _, ok := a.power(dBm)
			if !ok {
				return nil, nil, invalid(path, "%g dBm: the reader sends %g dBm at least", dBm, a.least())
			}
			conf.RFTransmitter = &codec.RFTransmitter{HopTableID: a.hopTable, ChannelIndex: a.channel, TransmitPower: index}
		}
		ids, list = append(ids, uint16(want.ID)), append(list, conf)
	}
	return ids, list, nil
}

// command is how tags are singled out.
func command(c *Config) *codec.C1G2InventoryCommand {
	cmd := &codec.C1G2InventoryCommand{C1G2SingulationControl: &codec.C1G2SingulationControl{
		Session: uint8(c.Session), TagPopulation: uint16(c.Population),
	}}
	if c.Mode >= 0 {
		cmd.C1G2RFControl = &codec.C1G2RFControl{ModeIndex: uint16(c.Mode)}
	}
	if mode, ok := searchModes[c.Inventory]; ok {
		cmd.Custom = []*codec.Custom{vendor(impinjSearchMode, binary.BigEndian.AppendUint16(nil, mode))}
	}
	return cmd
}

func vendor(subtype uint32, data []byte) *codec.Custom {
	return &codec.Custom{VendorIdentifier: impinj, ParameterSubtype: subtype, Data: data}
}

// reportSpec asks for each read by itself, with all that is evidence.
func reportSpec(a *abilities) *codec.ROReportSpec {
	spec := &codec.ROReportSpec{
		ROReportTrigger: codec.ROReportTriggerTypeUponNTagsOrEndOfROSpec, N: 1,
		TagReportContentSelector: &codec.TagReportContentSelector{
			EnableAntennaID: true, EnableChannelIndex: true, EnablePeakRSSI: true,
			EnableFirstSeenTimestamp: true, EnableLastSeenTimestamp: true, EnableTagSeenCount: true,
		},
	}
	if a.maker == impinj {
		var on []byte
		for _, subtype := range []uint32{impinjEnablePhase, impinjEnablePeakRSSI, impinjEnableDoppler} {
			on = binary.BigEndian.AppendUint32(append(on, 3, 0xFF, 0, 14), impinj)
			on = append(binary.BigEndian.AppendUint32(on, subtype), 0, 1)
		}
		spec.Custom = []*codec.Custom{vendor(impinjReportContent, on)}
	}
	return spec
}

// readerConfig is what is set beside the ROSpec.
func readerConfig(c *Config, a *abilities) *codec.SetReaderConfig {
	set := &codec.SetReaderConfig{
		KeepaliveSpec: &codec.KeepaliveSpec{KeepaliveTriggerType: codec.KeepaliveTriggerTypePeriodic, PeriodicTriggerValue: millis(c.Keepalive)},
	}
	if a.holds {
		set.EventsAndReports = &codec.EventsAndReports{HoldEventsAndReportsUponReconnect: true}
	}
	if c.Trigger != nil {
		set.GPIPortCurrentState = []*codec.GPIPortCurrentState{{GPIPortNum: uint16(c.Trigger.Port), Config: true, State: codec.GPIPortStateUnknown}}
	}
	return set
}

// eventConfig asks for what is to be told at once.
func eventConfig() *codec.SetReaderConfig {
	var list []*codec.EventNotificationState
	for _, e := range []codec.NotificationEventType{
		codec.NotificationEventTypeGPIEvent, codec.NotificationEventTypeReportBufferFillWarning,
		codec.NotificationEventTypeReaderExceptionEvent, codec.NotificationEventTypeAntennaEvent,
	} {
		list = append(list, &codec.EventNotificationState{EventType: e, NotificationState: true})
	}
	return &codec.SetReaderConfig{ReaderEventNotificationSpec: &codec.ReaderEventNotificationSpec{EventNotificationState: list}}
}
