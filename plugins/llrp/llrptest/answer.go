package llrptest

import (
	"time"

	"github.com/openaisle/aisle/plugins/llrp/internal/codec"
)

func ok() *codec.LLRPStatus { return &codec.LLRPStatus{} }

func no(code codec.StatusCode, says string) *codec.LLRPStatus {
	return &codec.LLRPStatus{StatusCode: code, ErrorDescription: says}
}

// answer does what a client asks. It is nil for what has no answer.
func (r *Reader) answer(c *client, h codec.Header, m codec.Message) codec.Message {
	r.asked = append(r.asked, codec.NameOf(m))
	switch m.(type) {
	case *codec.DeleteAccessSpec, *codec.DeleteROSpec:
		if r.opt.Mute {
			return nil
		}
	}
	switch m := m.(type) {
	case *codec.GetSupportedVersion, *codec.SetProtocolVersion:
		return r.versions(c, m)
	case *codec.GetReaderCapabilities:
		return r.capabilities()
	case *codec.SetReaderConfig:
		return r.configure(c, m)
	case *codec.GetReaderConfig:
		return &codec.GetReaderConfigResponse{LLRPStatus: ok()}
	case *codec.DeleteAccessSpec:
		return &codec.DeleteAccessSpecResponse{LLRPStatus: ok()}
	case *codec.AddROSpec, *codec.DeleteROSpec, *codec.EnableROSpec, *codec.DisableROSpec, *codec.StartROSpec, *codec.StopROSpec, *codec.GetROSpecs:
		return r.roSpecs(m)
	case *codec.EnableEventsAndReports:
		c.awake = true
		return nil
	case *codec.KeepaliveAck:
		return nil
	case *codec.CustomMessage:
		if r.opt.Maker == Impinj && m.VendorIdentifier == Impinj && m.MessageSubtype == 21 {
			return &codec.CustomMessage{VendorIdentifier: Impinj, MessageSubtype: 22, Data: []byte{1, 31, 0, 8, 0, 0, 0, 0}}
		}
	case *codec.CloseConnection:
		return &codec.CloseConnectionResponse{LLRPStatus: ok()}
	}
	if r.opt.Mute {
		return nil
	}
	return &codec.ErrorMessage{LLRPStatus: no(codec.StatusCodeMUnsupportedMessage, codec.NameOf(m))}
}

func (r *Reader) versions(c *client, m codec.Message) codec.Message {
	switch {
	case r.opt.Mute, r.opt.Shy:
		return nil
	case r.opt.Old:
		return &codec.ErrorMessage{LLRPStatus: no(codec.StatusCodeMUnsupportedVersion, "only LLRP 1.0.1")}
	}
	if m, set := m.(*codec.SetProtocolVersion); set {
		c.version = m.ProtocolVersion
		return &codec.SetProtocolVersionResponse{LLRPStatus: ok()}
	}
	return &codec.GetSupportedVersionResponse{CurrentVersion: c.version, SupportedVersion: codec.Version11, LLRPStatus: ok()}
}

func (r *Reader) capabilities() codec.Message {
	g := &codec.GeneralDeviceCapabilities{
		MaxNumberOfAntennaSupported: uint16(r.opt.Antennas), HasUTCClockCapability: !r.opt.Uptime,
		DeviceManufacturerName: r.opt.Maker, ModelName: 1, ReaderFirmwareVersion: "llrptest",
		ReceiveSensitivityTableEntry: []*codec.ReceiveSensitivityTableEntry{{Index: 1}},
		GPIOCapabilities:             &codec.GPIOCapabilities{NumGPIs: uint16(r.opt.Inputs), NumGPOs: uint16(r.opt.Outputs)},
	}
	for a := range r.opt.Antennas {
		g.PerAntennaAirProtocol = append(g.PerAntennaAirProtocol, &codec.PerAntennaAirProtocol{
			AntennaID: uint16(a + 1), ProtocolID: []codec.AirProtocols{codec.AirProtocolsEPCGlobalClass1Gen2},
		})
	}
	band := &codec.UHFBandCapabilities{
		FrequencyInformation: &codec.FrequencyInformation{Hopping: true, FrequencyHopTable: []*codec.FrequencyHopTable{{HopTableID: 1, Frequency: []uint32{902750, 903250}}}},
		AirProtocolUHFRFModeTable: []codec.AirProtocolUHFRFModeTable{&codec.C1G2UHFRFModeTable{C1G2UHFRFModeTableEntry: []*codec.C1G2UHFRFModeTableEntry{
			{ModeIdentifier: 2, BDRValue: 274000, PIEValue: 2000, MinTariValue: 20000, MaxTariValue: 20000}, {ModeIdentifier: 1000},
		}}},
	}
	for i := range 81 { // 10 to 30 dBm
		band.TransmitPowerLevelTableEntry = append(band.TransmitPowerLevelTableEntry, &codec.TransmitPowerLevelTableEntry{Index: uint16(i + 1), TransmitPowerValue: int16(1000 + 25*i)})
	}
	return &codec.GetReaderCapabilitiesResponse{
		LLRPStatus: ok(), GeneralDeviceCapabilities: g,
		LLRPCapabilities: &codec.LLRPCapabilities{
			CanReportBufferFillWarning: true, SupportsEventAndReportHolding: true, MaxNumPriorityLevelsSupported: 1, MaxNumROSpecs: 1,
			MaxNumSpecsPerROSpec: 1, MaxNumInventoryParameterSpecsPerAISpec: 1,
		},
		RegulatoryCapabilities:      &codec.RegulatoryCapabilities{CountryCode: 840, UHFBandCapabilities: band},
		AirProtocolLLRPCapabilities: &codec.C1G2LLRPCapabilities{MaxNumSelectFiltersPerQuery: 2},
	}
}

func (r *Reader) configure(c *client, m *codec.SetReaderConfig) codec.Message {
	if k := m.KeepaliveSpec; k != nil && k.KeepaliveTriggerType == codec.KeepaliveTriggerTypePeriodic && k.PeriodicTriggerValue > 0 {
		go c.keepalives(time.Duration(k.PeriodicTriggerValue) * time.Millisecond) // ends with the client
	}
	for _, g := range m.GPOWriteData {
		if int(g.GPOPortNumber) > r.opt.Outputs {
			return &codec.SetReaderConfigResponse{LLRPStatus: no(codec.StatusCodeMFieldError, "no such output")}
		}
		r.outputs[g.GPOPortNumber] = g.GPOData
	}
	return &codec.SetReaderConfigResponse{LLRPStatus: ok()}
}

func (r *Reader) roSpecs(m codec.Message) codec.Message {
	known := func(id uint32) *codec.LLRPStatus {
		if r.spec == nil || id != 0 && id != r.spec.ROSpecID {
			return no(codec.StatusCodeMFieldError, "no such ROSpec")
		}
		return ok()
	}
	switch m := m.(type) {
	case *codec.AddROSpec:
		if r.spec != nil {
			return &codec.AddROSpecResponse{LLRPStatus: no(codec.StatusCodeMFieldError, "it has room for one ROSpec")}
		}
		if err := codec.Check(m, codec.Version11); err != nil {
			return &codec.AddROSpecResponse{LLRPStatus: no(codec.StatusCodeMMissingParameter, err.Error())}
		}
		r.spec = m.ROSpec
		return &codec.AddROSpecResponse{LLRPStatus: ok()}
	case *codec.DeleteROSpec:
		r.spec, r.enabled, r.running = nil, false, false
		return &codec.DeleteROSpecResponse{LLRPStatus: ok()}
	case *codec.EnableROSpec:
		st := known(m.ROSpecID)
		r.enabled = r.spec != nil
		r.trigger()
		return &codec.EnableROSpecResponse{LLRPStatus: st}
	case *codec.DisableROSpec:
		r.enabled, r.running = false, false
		return &codec.DisableROSpecResponse{LLRPStatus: known(m.ROSpecID)}
	case *codec.StartROSpec:
		r.running = r.enabled
		return &codec.StartROSpecResponse{LLRPStatus: known(m.ROSpecID)}
	case *codec.StopROSpec:
		r.running = false
		return &codec.StopROSpecResponse{LLRPStatus: known(m.ROSpecID)}
	}
	return &codec.GetROSpecsResponse{LLRPStatus: ok()}
}

// trigger starts and stops by the ROSpec's triggers.
func (r *Reader) trigger() {
	if !r.enabled || r.spec == nil {
		return
	}
	start, stop := r.spec.ROBoundarySpec.ROSpecStartTrigger, r.spec.ROBoundarySpec.ROSpecStopTrigger
	r.until = time.Time{}
	switch {
	case start.ROSpecStartTriggerType == codec.ROSpecStartTriggerTypeImmediate:
		r.running = true
	case start.GPITriggerValue != nil:
		if now := r.inputs[start.GPITriggerValue.GPIPortNum] == start.GPITriggerValue.GPIEvent; now != r.running {
			r.running = now
		}
		if stop.GPITriggerValue != nil && r.running {
			r.until = time.Now().Add(time.Duration(stop.GPITriggerValue.Timeout) * time.Millisecond)
		}
	}
}
