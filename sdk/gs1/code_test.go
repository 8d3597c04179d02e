package gs1

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The examples of the standard's appendix, GRAI-96's as its section 14.6.4 lays it out.
func TestCodes(t *testing.T) {
	for hex, w := range map[string]struct {
		code     Code
		key, uri string
	}{
		"3074257BF7194E4000001A85": {Code{"SGTIN-96", 3, "0614141", "812345", "6789"}, "80614141123458", "urn:epc:id:sgtin:0614141.812345.6789"},
		"3674257BF6B7A659B2C2BF100000000000000000000000000000": {Code{"SGTIN-198", 3, "0614141", "712345", "32a/b"}, "70614141123451",
			"urn:epc:id:sgtin:0614141.712345.32a%2Fb"},
		"3174257BF4499602D2000000": {Code{"SSCC-96", 3, "0614141", "1234567890", ""}, "106141412345678908", "urn:epc:id:sscc:0614141.1234567890"},
		"3374257BF40C0E400000162E": {Code{"GRAI-96", 3, "0614141", "12345", "5678"}, "00614141123452", "urn:epc:id:grai:0614141.12345.5678"},
	} {
		got, err := EPC(hex).Decode()
		if err != nil || got != w.code || got.Key() != w.key || got.URI() != w.uri {
			t.Errorf("%s: %+v, %s, %s, %v", hex, got, got.Key(), got.URI(), err)
		}
		if back, err := w.code.EPC(); err != nil || string(back) != hex {
			t.Errorf("%+v is written %s, %v", w.code, back, err)
		}
	}
}

// What no encoder may write is refused, and other schemes are named.
func TestCodesRefused(t *testing.T) {
	var scheme *SchemeError
	if _, err := EPC("3400000000000000000000AA").Decode(); !errors.As(err, &scheme) || scheme.Scheme != "GIAI-96" {
		t.Errorf("a GIAI-96: %v", err)
	}
	for _, hex := range []string{"00B07A140C5F9C51400003EE", "E2000019060C02090690D3C2"} {
		if _, err := EPC(hex).Decode(); !errors.Is(err, ErrNotEPC) {
			t.Errorf("%s: %v", hex, err)
		}
	}
	for hex, says := range map[string]string{
		"317C257BF4499602D2000000":                                         "partition 7",
		"3174257BF4499602D2000001":                                         "reserved are set",
		"3174257BF4499602D20000":                                           "11 bytes",
		"3174257BF4499602D20000000000":                                     "14 bytes",
		"31740000000000000000FFFF":                                         "reserved",
		"3177FFFFFFFFFFFFFF000000":                                         "more digits",
		"3674257BF6B7A65800000000000000000000000000000000":                 "24 bytes",
		"3674257BF6B7A6400000000000000000000000000000000000":               "characters",
		"3674257BF6B7A659800000000000000000000000000000400000"[:50] + "00": "characters",
	} {
		if c, err := EPC(hex).Decode(); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %+v, %v, want %q", hex, c, err, says)
		}
	}
	for _, c := range []Code{
		{"GIAI-96", 0, "0614141", "12345", "1"}, {"SSCC-96", 8, "0614141", "1234567890", ""}, {"SSCC-96", 0, "0614141", "123456789", ""},
		{"SSCC-96", 0, "0614141", "1234567890", "1"}, {"GRAI-96", 0, "0614141", "12345", "01"}, {"GRAI-96", 0, "0614141", "12345", "274877906944"},
		{"GRAI-96", 0, "61414", "1234567", "1"}, {"SGTIN-198", 0, "0614141", "812345", ""}, {"SGTIN-198", 0, "0614141", "812345", "a b"},
		{"SGTIN-198", 0, "0614141", "812345", strings.Repeat("x", 21)}, {"SGTIN-198", 0, "0614141", "81234x", "1"},
	} {
		if epc, err := c.EPC(); err == nil || c.Key() != "" && c.Scheme == "" {
			t.Errorf("%+v is written %s", c, epc)
		}
	}
}

// With a prefix of 12 digits a GRAI has no asset type.
func TestGRAIWithoutType(t *testing.T) {
	c := Code{"GRAI-96", 0, "061414112345", "", "7"}
	epc, err := c.EPC()
	if err != nil {
		t.Fatal(err)
	}
	if back, err := epc.Decode(); err != nil || back != c || back.Key() != "00614141123452" {
		t.Errorf("%+v, %s, %v", back, back.Key(), err)
	}
}

// TestCodeVectors: every agreed and published value, both ways.
func TestCodeVectors(t *testing.T) {
	rows, err := csv.NewReader(strings.NewReader(string(vectors(t, "sgtin96_agreed.csv")))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	check := func(hex, id, tag, gtin string) {
		t.Helper()
		e := EPC(strings.ToUpper(hex))
		c, err := e.Decode()
		if err != nil {
			t.Errorf("%s: %v", hex, err)
			return
		}
		checked++
		g, err := e.GTIN()
		if id != "" && c.URI() != id || tag != "" && c.TagURI() != tag || gtin != "" && (g.String() != gtin || err != nil) {
			t.Errorf("%s: %s, %s, %s, %v; want %s, %s, %s", hex, c.URI(), c.TagURI(), g, err, id, tag, gtin)
		}
		if back, err := c.EPC(); err != nil || !strings.HasPrefix(string(back)+"00", string(e)) {
			t.Errorf("%s is written %s, %v", hex, back, err)
		}
	}
	for _, row := range rows[1:] {
		check(row[0], row[7], row[8], row[6])
	}
	var list []struct {
		Hex, Scheme, GTIN14, Error string
		ID                         string `json:"id_uri"`
		Tag                        string `json:"tag_uri"`
	}
	if err := json.Unmarshal(vectors(t, "published.json"), &list); err != nil {
		t.Fatal(err)
	}
	// Sixty values of SGTIN-198 on which two libraries agree, where they are at hand.
	more, err := os.ReadFile(filepath.Join(os.Getenv("AISLE_DATA"), "vectors", "epc-tds", "sgtin198_agreed.json"))
	if err == nil {
		published := list
		if err := json.Unmarshal(more, &list); err != nil {
			t.Fatal(err)
		}
		list = append(list, published...)
	}
	for _, v := range list {
		if v.Error == "" {
			check(v.Hex, v.ID, v.Tag, v.GTIN14)
		} else if _, err := EPC(v.Hex).Decode(); !errors.Is(err, ErrNotEPC) {
			t.Errorf("%s: %v", v.Hex, err)
		}
	}
	t.Logf("%d codes, both ways", checked)
}

func FuzzCode(f *testing.F) {
	for _, s := range []string{"3074257BF7194E4000001A85", "3674257BF6B7A659B2C2BF100000000000000000000000000000", "3174257BF4499602D2000000", "3374257BF40C0E400000162E"} {
		f.Add(EPC(s).Bytes())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := EPCFromBytes(b)
		if err != nil {
			return
		}
		c, err := e.Decode()
		if err != nil {
			return
		}
		if back, err := c.EPC(); err != nil || !strings.HasPrefix(string(back), string(e)) {
			t.Errorf("%s is %+v, and is written %s, %v", e, c, back, err)
		}
	})
}
