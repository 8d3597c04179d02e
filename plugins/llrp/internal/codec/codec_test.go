package codec

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// What is wrong with a message is told, and never more than an error.
func TestMalformed(t *testing.T) {
	for what, c := range map[string]struct {
		hex  string
		err  error
		says string
	}{
		"half a header":           {"043f 0000", ErrMalformed, "4 bytes"},
		"a length below a header": {"043e 00000009 00000001", ErrMalformed, "message of 9 bytes"},
		"a length of 4 GB":        {"043e ffffffff 00000001", ErrMalformed, "4294967295"},
		"garbage":                 {"4854 54502f31 2e312034", ErrMalformed, "begin with 4854"},
		"version 3":               {"0c3e 0000000a 00000001", ErrVersion, "version 3"},
		"version 0":               {"003e 0000000a 00000001", ErrVersion, "version 0"},
		"a body that is short":    {"0417 0000000c 00000001 0000", ErrMalformed, "StopROSpec: it ends too early"},
		"a body that is long":     {"0417 0000000f 00000001 00000001 00", ErrMalformed, "left over"},
		"a parameter of length 3": {"043d 0000000e 00000001 00f00003", ErrMalformed, "no parameter begins so"},
		"one longer than all":     {"043d 0000000e 00000001 00f000ff", ErrMalformed, "too early"},
		"one longer than its own": {"043d 00000012 00000001 00f00008 00f100ff", ErrMalformed, "TagReportData: it ends too early"},
		"a TV that is not known":  {"043d 00000010 00000001 00f00006 ff00", ErrMalformed, "no parameter begins so"},
		"an EPC of more bits":     {"043d 00000016 00000001 00f0000c 00f10008 00600000", ErrMalformed, "EPCData: it ends too early"},
	} {
		_, m, err := Decode(unhex(t, c.hex))
		if !errors.Is(err, c.err) || !strings.Contains(err.Error(), c.says) || m != nil {
			t.Errorf("%s: %v, %v", what, m, err)
		}
	}
}

// What the standard does not have, or not there, or not twice, is kept where it stood.
func TestKept(t *testing.T) {
	for what, body := range map[string]string{
		"a parameter that is unknown":      "00f00007 810001" + "03f80006 beef",
		"one in another place":             "00f0000f 00f100080010 3034 810001" + "00f00007 810001",
		"an order of its own":              "00f00011 86c4 810001 00f100080010 3034",
		"the same twice":                   "00f0000a 810001 810002",
		"a parameter of no type here":      "011f0008 00000000",
		"an extension between other parts": "00f00013 03ff000c 0000651a 00000038 810001",
	} {
		b := unhex(t, body)
		one := binary.BigEndian.AppendUint16(nil, Version11<<10|61)
		one = binary.BigEndian.AppendUint32(one, uint32(HeaderBytes+len(b)))
		one = append(append(one, 0, 0, 0, 7), b...)
		h, m, err := Decode(one)
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		if again, err := Append(nil, h.Version, h.ID, m); err != nil || !bytes.Equal(again, one) {
			t.Errorf("%s: %x is written %x, %v", what, one, again, err)
		}
	}
	for _, hex := range []string{"0403 0000000b 00000007 7f", "0403 00000014 00000007 ff 00dc0009 01 00002710"} {
		reserved := unhex(t, hex)
		h, m, err := Decode(reserved)
		if again, werr := Append(nil, h.Version, h.ID, m); err != nil || werr != nil || !bytes.Equal(again, reserved) {
			t.Errorf("reserved bits: %x is written %x, %v, %v", reserved, again, err, werr)
		}
	}
	h, m, err := Decode(unhex(t, "07e7 0000000c 00000001 cafe"))
	if raw, ok := m.(*RawMessage); err != nil || !ok || raw.Type != h.Type || len(raw.Body) != 2 {
		t.Errorf("a message of no type: %+v, %v", m, err)
	}
}

// What only 1.1 has is not said to a reader of 1.0.1, and nothing is said that lacks a part.
func TestCheck(t *testing.T) {
	if err := Check(&GetSupportedVersion{}, Version101); !errors.Is(err, ErrVersion) {
		t.Errorf("GET_SUPPORTED_VERSION in 1.0.1: %v", err)
	}
	if err := Check(&GetSupportedVersion{}, Version11); err != nil {
		t.Error(err)
	}
	spec := &ROSpec{ROSpecID: 1, ROBoundarySpec: &ROBoundarySpec{
		ROSpecStartTrigger: &ROSpecStartTrigger{}, ROSpecStopTrigger: &ROSpecStopTrigger{},
	}}
	if err := Check(&AddROSpec{ROSpec: spec}, Version11); err == nil || !strings.Contains(err.Error(), "ROSpec: it has no SpecParameter") {
		t.Errorf("a ROSpec of nothing: %v", err)
	}
	spec.SpecParameter = []SpecParameter{&LoopSpec{}}
	if err := Check(&AddROSpec{ROSpec: spec}, Version101); !errors.Is(err, ErrVersion) {
		t.Errorf("a LoopSpec in 1.0.1: %v", err)
	}
	if err := Check(&AddROSpec{ROSpec: spec}, Version11); err != nil {
		t.Error(err)
	}
	if _, err := Append(nil, Version11, 1, &ROAccessReport{TagReportData: []*TagReportData{{EPCParameter: &EPCData{EPC: Bits{Count: 9, Data: []byte{1}}}}}}); err == nil {
		t.Error("nine bits in a byte are written")
	}
}

// FuzzDecode: whatever comes is an error, or a message that is written again as it came.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		"043f000000203afb30a700f600160080000c00058880119f8ead010000060000",
		"04140000005c0000000f00b1005200000001000000b2001200b300050100b600090100000bb800b700360001000100b80009000000000000ba002504d20100de001e0001014a001800014f0008000000000150000b40000100000000",
		"043d000000293afb30b600f0001f8d0b7f0000000000000051023881000186bc8200058880194ba9d5",
		"04330000003f00000009011f0035006500254c4c5250205b3430395d203a202f2f416363657373537065634944203a20696e76616c6964012000080001012c",
	} {
		b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
		if err == nil {
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		h, m, err := Decode(b)
		if err != nil {
			if !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrVersion) {
				t.Errorf("%x: %v", b, err)
			}
			return
		}
		again, err := Append(nil, h.Version, h.ID, m)
		if err != nil || !bytes.Equal(again, b) {
			t.Errorf("%x is written %x, %v", b, again, err)
		}
		_ = Check(m, h.Version)
	})
}
