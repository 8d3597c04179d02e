package gs1

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// specimen is the worked example of Tag Data Standard appendix E.3.
var specimen = SGTIN{Filter: 3, CompanyPrefix: "0614141", ItemReference: "812345", Serial: 6789}

const specimenHex = "3074257BF7194E4000001A85"

func TestSpecimen(t *testing.T) {
	epc, err := specimen.EPC()
	if err != nil || epc != specimenHex {
		t.Errorf("EPC = %s, %v; want %s", epc, err, specimenHex)
	}
	if got, err := epc.SGTIN(); err != nil || got != specimen {
		t.Errorf("SGTIN = %+v, %v", got, err)
	}
	if got := specimen.URI(); got != "urn:epc:id:sgtin:0614141.812345.6789" {
		t.Errorf("URI = %s", got)
	}
	if got := specimen.TagURI(); got != "urn:epc:tag:sgtin-96:3.0614141.812345.6789" {
		t.Errorf("TagURI = %s", got)
	}
	gtin, err := specimen.GTIN()
	if err != nil || gtin != "80614141123458" {
		t.Errorf("GTIN = %s, %v", gtin, err)
	}
	want := specimen
	want.Filter = FilterPOS
	if got, err := NewSGTIN(gtin, 7, 6789); err != nil || got != want {
		t.Errorf("NewSGTIN = %+v, %v", got, err)
	}
}

func TestNewSGTINRefuses(t *testing.T) {
	for _, c := range []struct {
		gtin   GTIN
		prefix int
		serial uint64
		text   string
	}{
		{"80614141123458", 5, 0, "6 to 12 digits, not 5"},
		{"80614141123458", 13, 0, "6 to 12 digits, not 13"},
		{"80614141123458", 7, MaxSerial + 1, "serial 274877906944 is above 274877906943"},
		{"80614141123459", 7, 0, "no GTIN"},
		{"", 7, 0, "no GTIN"},
	} {
		if _, err := NewSGTIN(c.gtin, c.prefix, c.serial); err == nil || !strings.Contains(err.Error(), c.text) {
			t.Errorf("NewSGTIN(%s, %d, %d): %v; want %q", c.gtin, c.prefix, c.serial, err, c.text)
		}
	}
	for _, prefix := range []int{6, 12} {
		if s, err := NewSGTIN("80614141123458", prefix, MaxSerial); err != nil || !s.Valid() {
			t.Errorf("a prefix of %d digits: %v, %v", prefix, s, err)
		}
	}
}

func TestEncodeRefuses(t *testing.T) {
	for name, change := range map[string]func(*SGTIN){
		"filter":             func(s *SGTIN) { s.Filter = 8 },
		"short prefix":       func(s *SGTIN) { s.CompanyPrefix, s.ItemReference = "06141", "81234567" },
		"long prefix":        func(s *SGTIN) { s.CompanyPrefix, s.ItemReference = "0614141000000", "" },
		"prefix not digits":  func(s *SGTIN) { s.CompanyPrefix = "06141x1" },
		"no prefix":          func(s *SGTIN) { s.CompanyPrefix = "" },
		"short item":         func(s *SGTIN) { s.ItemReference = "81234" },
		"long item":          func(s *SGTIN) { s.ItemReference = "8123450" },
		"item not digits":    func(s *SGTIN) { s.ItemReference = "81234-" },
		"serial over 38 bit": func(s *SGTIN) { s.Serial = MaxSerial + 1 },
	} {
		s := specimen
		change(&s)
		if _, err := s.Encode96(); err == nil || s.Valid() {
			t.Errorf("%s was encoded", name)
		}
		if gtin, err := s.GTIN(); err == nil {
			t.Errorf("%s has GTIN %s", name, gtin)
		}
	}
	if gtin, err := (SGTIN{CompanyPrefix: "000000", ItemReference: "0000000"}).GTIN(); err == nil {
		t.Errorf("zeros have GTIN %q", gtin)
	}
}

func TestDecodeRefuses(t *testing.T) {
	for _, c := range []struct{ hex, text string }{
		{"00B07A140C5F9C51400003EE", "unprogrammed"},
		{"E2000019060C02090690D3C2", "TID"},
		{"3674257BF6B7A659B2C2BF100000000000000000000000000000", "SGTIN-198"},
		{"3174257BF4499602D2000000", "SSCC-96"},
		{"3374257BF4499602D2000000", "GRAI-96"},
		{"F774257BF4499602D2000000", "SGTIN+"},
		{"FF74257BF4499602D2000000", "no scheme"},
		{"", "1 to 62"},
		{strings.Repeat("30", 63), "1 to 62"},
		{specimenHex[:22], "12 bytes, not 11"},
		{specimenHex + "00", "12 bytes, not 13"},
		{"307C257BF7194E4000001A85", "partition 7"},
		// Partition 6, prefix 2^20-1: seven digits where six are allowed.
		{"301BFFFFC000004000000000", "more digits than partition 6"},
		// Partition 6, item 2^24-1: eight digits where seven are allowed.
		{"3018000 03FFFFFC000000000", "more digits than partition 6"},
	} {
		b, err := hex.DecodeString(strings.ReplaceAll(c.hex, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := DecodeSGTIN96(b); err == nil || !strings.Contains(err.Error(), c.text) || got != (SGTIN{}) {
			t.Errorf("%s = %+v, %v; want an error with %q", c.hex, got, err, c.text)
		}
	}
}

func TestSchemeError(t *testing.T) {
	epc, err := ParseEPC("3174257BF4499602D2000000")
	if err != nil || epc.Scheme() != "SSCC-96" {
		t.Fatalf("%s, %v: scheme %q", epc, err, epc.Scheme())
	}
	_, err = epc.SGTIN()
	var scheme *SchemeError
	if !errors.As(err, &scheme) || scheme.Header != 0x31 || scheme.Scheme != "SSCC-96" {
		t.Errorf("SGTIN of an SSCC-96: %v", err)
	}
}

func TestParseEPC(t *testing.T) {
	for _, in := range []string{specimenHex, strings.ToLower(specimenHex)} {
		got, err := ParseEPC(in)
		if err != nil || got != specimenHex || !got.Valid() || got.Scheme() != "SGTIN-96" || len(got.Bytes()) != 12 {
			t.Errorf("ParseEPC(%q) = %q, %v", in, got, err)
		}
	}
	for _, in := range []string{"00B07A140C5F9C51400003EE", "E2000019060C02090690D3C2", "", strings.Repeat("30", 63)} {
		if got, err := ParseEPC(in); !errors.Is(err, ErrNotEPC) || got != "" {
			t.Errorf("ParseEPC(%q) = %q, %v; want ErrNotEPC", in, got, err)
		}
	}
	for _, in := range []string{"3", "303", "30 74", "0x30", "zz"} {
		if got, err := ParseEPC(in); err == nil {
			t.Errorf("ParseEPC(%q) = %q, want an error", in, got)
		}
	}
	if got, err := ParseEPC(strings.Repeat("30", 62)); err != nil || len(got.Bytes()) != 62 {
		t.Errorf("62 bytes: %v", err)
	}
	raw := EPC("\x30\x74\x25")
	if _, err := raw.SGTIN(); raw.Valid() || raw.Bytes() != nil || raw.Scheme() != "" || !errors.Is(err, ErrNotEPC) {
		t.Error("raw bytes converted past EPCFromBytes pass for an EPC")
	}
	if EPC(strings.ToLower(specimenHex)).Valid() {
		t.Error("lower case passes: the same tag would have two spellings")
	}
}

func TestParseURI(t *testing.T) {
	if got, err := ParseTagURI(specimen.TagURI()); err != nil || got != specimen {
		t.Errorf("ParseTagURI = %+v, %v", got, err)
	}
	want := specimen
	want.Filter = 0
	if got, err := ParseURI(specimen.URI()); err != nil || got != want {
		t.Errorf("ParseURI = %+v, %v", got, err)
	}
	for _, in := range []string{
		"", "urn:epc:id:sscc:0614141.1234567890", "urn:epc:id:sgtin:0614141.812345", "urn:epc:id:sgtin:0614141.812345.67.89",
		"urn:epc:id:sgtin:0614141.812345.06789", "urn:epc:id:sgtin:0614141.812345.32a%2Fb", "urn:epc:id:sgtin:0614141.812345.",
		"urn:epc:id:sgtin:0614141.812345.-1", "urn:epc:id:sgtin:0614141.812345.274877906944", "urn:epc:id:sgtin:0614141.81234.6789",
		"urn:epc:id:sgtin:0614141.812345.99999999999999999999", "urn:epc:tag:sgtin-96:3.0614141.812345.6789",
	} {
		if got, err := ParseURI(in); err == nil {
			t.Errorf("ParseURI(%q) = %+v, want an error", in, got)
		}
	}
	for _, in := range []string{
		"urn:epc:tag:sgtin-96:8.0614141.812345.6789", "urn:epc:tag:sgtin-96:03.0614141.812345.6789", "urn:epc:tag:sgtin-96:.0614141.812345.6789",
		"urn:epc:tag:sgtin-96:0614141.812345.6789", "urn:epc:tag:sgtin-198:3.0614141.712345.32a", specimen.URI(),
	} {
		if got, err := ParseTagURI(in); err == nil {
			t.Errorf("ParseTagURI(%q) = %+v, want an error", in, got)
		}
	}
}

func TestSGTINRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		gtin := genGTIN().Draw(t, "gtin")
		prefix := rapid.IntRange(6, 12).Draw(t, "prefix")
		s, err := NewSGTIN(gtin, prefix, rapid.Uint64Range(0, MaxSerial).Draw(t, "serial"))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := s.GTIN(); err != nil || got != gtin {
			t.Fatalf("%s gives %s, %v", gtin, got, err)
		}
		s.Filter = rapid.Uint8Range(0, 7).Draw(t, "filter")
		b, err := s.Encode96()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := DecodeSGTIN96(b[:]); err != nil || got != s {
			t.Fatalf("%X gives %+v, %v; want %+v", b, got, err, s)
		}
		if got, err := ParseTagURI(s.TagURI()); err != nil || got != s {
			t.Fatalf("%s gives %+v, %v", s.TagURI(), got, err)
		}
	})
}

func FuzzDecodeSGTIN96(f *testing.F) {
	for _, seed := range []string{specimenHex, "301BFFFFC000004000000000", "3000021BD5314A0000000000", "E2000019060C02090690D3C2"} {
		b, err := hex.DecodeString(seed)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := DecodeSGTIN96(b)
		if err != nil {
			return
		}
		back, err := s.Encode96()
		if err != nil || string(back[:]) != string(b) {
			t.Fatalf("%X gives %+v, which gives %X, %v", b, s, back, err)
		}
	})
}

func FuzzParseURI(f *testing.F) {
	f.Add(specimen.URI())
	f.Add(specimen.TagURI())
	f.Fuzz(func(t *testing.T, uri string) {
		if s, err := ParseURI(uri); err == nil && s.URI() != uri {
			t.Fatalf("%q gives %q", uri, s.URI())
		}
		if s, err := ParseTagURI(uri); err == nil && s.TagURI() != uri {
			t.Fatalf("%q gives %q", uri, s.TagURI())
		}
	})
}
