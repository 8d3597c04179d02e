package gs1

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// vectors opens a file of the EPC vectors, or skips.
func vectors(t *testing.T, name string) []byte {
	t.Helper()
	folder := os.Getenv("AISLE_DATA")
	if folder == "" {
		t.Skip("AISLE_DATA is not set: it names the folder that holds data and vectors")
	}
	content, err := os.ReadFile(filepath.Join(folder, "vectors", "epc-tds", name))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// TestAgreedVectors holds encoding and decoding against values on which three independent implementations agree.
func TestAgreedVectors(t *testing.T) {
	rows, err := csv.NewReader(strings.NewReader(string(vectors(t, "sgtin96_agreed.csv")))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	const header = "hex,filter,partition,company_prefix,item_ref,serial,gtin14,id_uri,tag_uri"
	if len(rows) < 100 || strings.Join(rows[0], ",") != header {
		t.Fatalf("%d rows under %v", len(rows), rows[0])
	}
	for _, row := range rows[1:] {
		filter, err := strconv.ParseUint(row[1], 10, 8)
		if err != nil {
			t.Fatal(err)
		}
		serial, err := strconv.ParseUint(row[5], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		want := SGTIN{Filter: uint8(filter), CompanyPrefix: row[3], ItemReference: row[4], Serial: serial}
		epc, err := ParseEPC(row[0])
		if err != nil {
			t.Errorf("%s: %v", row[0], err)
			continue
		}
		if got, err := epc.SGTIN(); err != nil || got != want {
			t.Errorf("%s = %+v, %v; want %+v", row[0], got, err, want)
		}
		if got, err := want.EPC(); err != nil || got != epc {
			t.Errorf("%+v = %s, %v; want %s", want, got, err, epc)
		}
		if got, err := want.GTIN(); err != nil || got.String() != row[6] {
			t.Errorf("%s: GTIN %s, %v; want %s", row[0], got, err, row[6])
		}
		if want.URI() != row[7] || want.TagURI() != row[8] {
			t.Errorf("%s: %s and %s; want %s and %s", row[0], want.URI(), want.TagURI(), row[7], row[8])
		}
		split, err := NewSGTIN(GTIN(row[6]), len(row[3]), serial)
		split.Filter = want.Filter
		if err != nil || split != want {
			t.Errorf("%s split at %d: %+v, %v; want %+v", row[6], len(row[3]), split, err, want)
		}
	}
}

// TestPublishedVectors reads what the standard and other libraries' tests print. Schemes other than SGTIN-96 must say which they are.
func TestPublishedVectors(t *testing.T) {
	var list []struct {
		Hex, Scheme, GTIN14, Error string
		IDURI                      string `json:"id_uri"`
		TagURI                     string `json:"tag_uri"`
		CompanyPrefix              string `json:"company_prefix"`
		ItemRef                    string `json:"item_ref"`
		Serial                     string
	}
	if err := json.Unmarshal(vectors(t, "published.json"), &list); err != nil {
		t.Fatal(err)
	}
	decoded := 0
	for _, v := range list {
		epc, err := ParseEPC(v.Hex)
		if v.Error != "" {
			if err == nil {
				t.Errorf("%s passes for an EPC: %s", v.Hex, v.Error)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", v.Hex, err)
			continue
		}
		s, err := epc.SGTIN()
		if scheme := strings.ToUpper(v.Scheme); scheme != "" && scheme != "SGTIN-96" || epc.Scheme() != "SGTIN-96" {
			if err == nil || !strings.Contains(err.Error(), epc.Scheme()) || scheme != "" && epc.Scheme() != scheme {
				t.Errorf("%s, a %s: %v", v.Hex, v.Scheme, err)
			}
			continue
		}
		decoded++
		gtin, gtinErr := s.GTIN()
		if err != nil || gtinErr != nil {
			t.Errorf("%s: %v, %v", v.Hex, err, gtinErr)
		}
		for _, c := range []struct{ what, got, want string }{
			{"identity", s.URI(), v.IDURI}, {"tag URI", s.TagURI(), v.TagURI}, {"GTIN", gtin.String(), v.GTIN14},
			{"prefix", s.CompanyPrefix, v.CompanyPrefix}, {"item", s.ItemReference, v.ItemRef},
			{"serial", strconv.FormatUint(s.Serial, 10), v.Serial},
		} {
			if c.want != "" && c.got != c.want {
				t.Errorf("%s: %s %s, want %s", v.Hex, c.what, c.got, c.want)
			}
		}
		if back, err := s.EPC(); err != nil || back != epc {
			t.Errorf("%s is encoded as %s, %v", v.Hex, back, err)
		}
	}
	if decoded < 7 {
		t.Errorf("only %d SGTIN-96 among %d vectors", decoded, len(list))
	}
}
