package gs1

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseGTIN(t *testing.T) {
	for _, c := range []struct{ in, want, short string }{
		{"96385074", "00000096385074", "96385074"},
		{"614141123452", "00614141123452", "614141123452"},
		{"5449000000996", "05449000000996", "5449000000996"},
		{"05449000000996", "05449000000996", "5449000000996"},
		{"80614141123458", "80614141123458", "80614141123458"},
		{"00000096385074", "00000096385074", "96385074"},
		{"0614141123452", "00614141123452", "614141123452"},
		{"00000000000017", "00000000000017", "00000017"},
		{"036000291452", "00036000291452", "036000291452"},
		{"4006381333931", "04006381333931", "4006381333931"},
	} {
		got, err := ParseGTIN(c.in)
		if err != nil || got.String() != c.want || got.Short() != c.short || !got.Valid() {
			t.Errorf("ParseGTIN(%q) = %q (short %q), %v; want %q (%q)", c.in, got, got.Short(), err, c.want, c.short)
		}
	}
}

func TestParseGTINRefuses(t *testing.T) {
	for in, message := range map[string]string{
		"5449000000997":          "check digit is 7, expected 6",
		"96385070":               "check digit is 0, expected 4",
		"614141123453":           "check digit is 3, expected 2",
		"80614141123450":         "check digit is 0, expected 8",
		"":                       "only digits",
		"544900000099X":          "only digits",
		" 5449000000996":         "only digits",
		"٥449000000996":          "only digits",
		"-449000000996":          "only digits",
		"425261":                 "UPC-E",
		"0425261":                "UPC-E",
		"12345":                  "not 5",
		"123456789":              "not 9",
		"054490000009960":        "not 15",
		"00000000":               "all zeros",
		"00000000000000":         "all zeros",
		strings.Repeat("1", 1e4): "...",
	} {
		got, err := ParseGTIN(in)
		if err == nil || !strings.Contains(err.Error(), message) || got != "" {
			t.Errorf("ParseGTIN(%.20q) = %q, %v; want an error with %q", in, got, err, message)
		}
		if err != nil && len(err.Error()) > 200 {
			t.Errorf("ParseGTIN(%.20q) gives an error of %d bytes", in, len(err.Error()))
		}
	}
	if g := GTIN("5449000000996"); g.Valid() || g.Short() != "5449000000996" {
		t.Error("13 digits converted past ParseGTIN pass for a GTIN")
	}
}

func TestExpandUPCE(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		// One for each last digit: where the zeros go differs.
		{"123450", "012000003455"},
		{"123451", "012100003454"},
		{"123452", "012200003453"},
		{"123453", "012300000451"},
		{"123454", "012340000053"},
		{"123455", "012345000058"},
		{"123456", "012345000065"},
		{"123457", "012345000072"},
		{"123458", "012345000089"},
		{"123459", "012345000096"},
		{"0123456", "012345000065"},
		{"01234565", "012345000065"},
		{"04252614", "042100005264"}, // the code of many bar code handbooks
		{"425261", "042100005264"},
		{"1123456", "112345000062"},
		{"11234562", "112345000062"},
	} {
		got, err := ExpandUPCE(c.in)
		if err != nil || got.Short() != c.want {
			t.Errorf("ExpandUPCE(%q) = %q, %v; want %q", c.in, got.Short(), err, c.want)
		}
	}
	for in, message := range map[string]string{
		"01234566":  "check digit is 6, expected 5",
		"11234565":  "check digit is 5, expected 2",
		"2123456":   "number system",
		"21234565":  "number system",
		"12345":     "6, 7 or 8",
		"012345650": "6, 7 or 8",
		"12345X":    "6, 7 or 8",
		"":          "6, 7 or 8",
		"000000":    "all zeros",
	} {
		if got, err := ExpandUPCE(in); err == nil || !strings.Contains(err.Error(), message) || got != "" {
			t.Errorf("ExpandUPCE(%q) = %q, %v; want an error with %q", in, got, err, message)
		}
	}
}

func TestCheckDigit(t *testing.T) {
	for payload, want := range map[string]byte{
		"9638507": '4', "61414112345": '2', "629104150021": '3', "8061414112345": '8', "10614141123456789": '7', "0": '0', "5": '5',
	} {
		if got, err := CheckDigit(payload); err != nil || got != want {
			t.Errorf("CheckDigit(%q) = %c, %v; want %c", payload, got, err, want)
		}
	}
	for _, payload := range []string{"", "12a", "12 ", "123456789012345678"} {
		if got, err := CheckDigit(payload); err == nil {
			t.Errorf("CheckDigit(%q) = %c, want an error", payload, got)
		}
	}
}

func TestParseGLN(t *testing.T) {
	for _, in := range []string{"5601234000016", "0614141000012", "4012345000009"} {
		if got, err := ParseGLN(in); err != nil || got.String() != in || !got.Valid() {
			t.Errorf("ParseGLN(%q) = %q, %v", in, got, err)
		}
	}
	for in, message := range map[string]string{
		"5601234000017": "check digit is 7, expected 6", "560123400001": "13 digits", "05601234000016": "13 digits",
		"": "13 digits", "560123400001X": "13 digits", "0000000000000": "all zeros",
	} {
		if got, err := ParseGLN(in); err == nil || !strings.Contains(err.Error(), message) || got != "" {
			t.Errorf("ParseGLN(%q) = %q, %v; want an error with %q", in, got, err, message)
		}
	}
}

// TestOneDigitWrong: the check digit finds every single wrong digit, which is what it is for.
func TestOneDigitWrong(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		good := genGTIN().Draw(t, "gtin")
		at, add := rapid.IntRange(0, 13).Draw(t, "at"), rapid.IntRange(1, 9).Draw(t, "add")
		bad := []byte(good)
		bad[at] = '0' + (bad[at]-'0'+byte(add))%10
		if got, err := ParseGTIN(string(bad)); err == nil {
			t.Fatalf("%s with a wrong digit passes as %s", good, got)
		}
	})
}

func TestGTINRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := genGTIN().Draw(t, "gtin")
		if short, err := ParseGTIN(g.Short()); err != nil || short != g {
			t.Fatalf("%s: its short form %s gives %s, %v", g, g.Short(), short, err)
		}
		text, err := json.Marshal(map[GTIN]GTIN{g: g})
		if err != nil || string(text) != `{"`+string(g)+`":"`+string(g)+`"}` {
			t.Fatalf("JSON = %s, %v", text, err)
		}
		var back map[GTIN]GTIN
		if err := json.Unmarshal(text, &back); err != nil || back[g] != g {
			t.Fatalf("JSON gives %v, %v", back, err)
		}
	})
}

func TestJSON(t *testing.T) {
	type goods struct {
		GTIN GTIN
		GLN  GLN
		EPC  EPC
	}
	var got goods
	in := `{"GTIN":"5449000000996","GLN":"5601234000016","EPC":"3074257bf7194e4000001a85"}`
	want := goods{"05449000000996", "5601234000016", "3074257BF7194E4000001A85"}
	if err := json.Unmarshal([]byte(in), &got); err != nil || got != want {
		t.Errorf("JSON gives %v, %v", got, err)
	}
	if err := json.Unmarshal([]byte(`{"GTIN":"","GLN":"","EPC":""}`), &got); err != nil || got != (goods{}) {
		t.Errorf("empty strings give %v, %v", got, err)
	}
	for _, in := range []string{`{"GTIN":"5449000000997"}`, `{"GTIN":5449000000996}`, `{"GLN":"1"}`, `{"EPC":"00"}`, `{"EPC":"3"}`} {
		if err := json.Unmarshal([]byte(in), &got); err == nil {
			t.Errorf("%s was read", in)
		}
	}
}

// TestOrder: sorting the strings sorts by number, since all have 14 digits.
func TestOrder(t *testing.T) {
	var got []GTIN
	for _, in := range []string{"80614141123458", "96385074", "5449000000996", "614141123452"} {
		g, err := ParseGTIN(in)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, g)
	}
	slices.Sort(got)
	want := []GTIN{"00000096385074", "00614141123452", "05449000000996", "80614141123458"}
	if !slices.Equal(got, want) {
		t.Errorf("sorted: %v", got)
	}
}

// genGTIN draws GTINs of every length.
func genGTIN() *rapid.Generator[GTIN] {
	return rapid.Custom(func(t *rapid.T) GTIN {
		payload := rapid.StringMatching(`0{0,7}[1-9][0-9]{12}`).Draw(t, "payload")[:13]
		digit, err := CheckDigit(payload)
		if err != nil {
			t.Fatal(err)
		}
		g, err := ParseGTIN(payload + string(digit))
		if err != nil {
			t.Fatal(err)
		}
		return g
	})
}

func FuzzParseGTIN(f *testing.F) {
	for _, seed := range []string{"96385074", "614141123452", "5449000000996", "80614141123458", "0425261", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if g, err := ParseGTIN(s); err == nil {
			if !g.Valid() || len(g) != 14 || !strings.HasSuffix(string(g), s) {
				t.Fatalf("%q gives %q", s, g)
			}
			if again, err := ParseGTIN(g.Short()); err != nil || again != g {
				t.Fatalf("%q: short form %q gives %q, %v", s, g.Short(), again, err)
			}
		}
		if g, err := ExpandUPCE(s); err == nil && (!g.Valid() || len(g.Short()) > 12) {
			t.Fatalf("UPC-E %q gives %q", s, g)
		}
		if g, err := ParseGLN(s); err == nil && (!g.Valid() || string(g) != s) {
			t.Fatalf("GLN %q gives %q", s, g)
		}
	})
}
