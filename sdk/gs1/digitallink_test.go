package gs1

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestDigitalLink(t *testing.T) {
	for _, c := range []struct{ domain, serial, want string }{
		{"", "", "https://id.gs1.org/01/09506000134352"},
		{"", "A1", "https://id.gs1.org/01/09506000134352/21/A1"},
		{"shop.example", "32a/b", "https://shop.example/01/09506000134352/21/32a%2Fb"},
		{"https://shop.example/goods/", "50%", "https://shop.example/goods/01/09506000134352/21/50%25"},
		{"http://10.0.4.2:8080", "?#", "http://10.0.4.2:8080/01/09506000134352/21/%3F%23"},
	} {
		if got := DigitalLink(c.domain, "09506000134352", c.serial); got != c.want {
			t.Errorf("DigitalLink(%q, %q) = %s, want %s", c.domain, c.serial, got, c.want)
		}
	}
}

func TestParseDigitalLink(t *testing.T) {
	for _, c := range []struct{ uri, gtin, serial string }{
		{"https://id.gs1.org/01/09506000134352", "09506000134352", ""},
		{"https://id.gs1.org/01/09506000134352/", "09506000134352", ""},
		{"https://id.gs1.org/01/9506000134352/21/A1", "09506000134352", "A1"},
		{"http://shop.example/some/path/01/09506000134352/22/2A/10/ABC123/21/12345?17=180426#x", "09506000134352", "12345"},
		{"https://id.gs1.org/01/09506000134352/10/ABC", "09506000134352", ""},
		{"https://id.gs1.org/01/09506000134352/21/32a%2Fb", "09506000134352", "32a/b"},
		{"https://id.gs1.org/01/09506000134352/21/01", "09506000134352", "01"},
		{"https://id.gs1.org/01/09506000134352/21/12345678901234567890", "09506000134352", "12345678901234567890"},
	} {
		gtin, serial, err := ParseDigitalLink(c.uri)
		if err != nil || gtin.String() != c.gtin || serial != c.serial {
			t.Errorf("ParseDigitalLink(%q) = %q, %q, %v; want %q, %q", c.uri, gtin, serial, err, c.gtin, c.serial)
		}
	}
	for uri, message := range map[string]string{
		"":                                                              "https://",
		"id.gs1.org/01/09506000134352":                                  "https://",
		"ftp://id.gs1.org/01/09506000134352":                            "https://",
		"https:///01/09506000134352":                                    "https://",
		"https://id.gs1.org":                                            "no /01/",
		"https://id.gs1.org/01":                                         "no /01/",
		"https://id.gs1.org/00/106141412345678908":                      "no /01/",
		"https://id.gs1.org/01/09506000134353":                          "check digit is 3, expected 2",
		"https://id.gs1.org/01/09506000134352/21":                       "ends within a pair",
		"https://id.gs1.org/01/09506000134352/21/a/10/b":                "can't qualify",
		"https://id.gs1.org/01/09506000134352/21/a/21/b":                "can't qualify",
		"https://id.gs1.org/01/09506000134352/254/b":                    "can't qualify",
		"https://id.gs1.org/01/09506000134352/21/123456789012345678901": "1 to 20 characters",
		"https://id.gs1.org/01/09506000134352/21/a%20b":                 "1 to 20 characters",
		"https://id.gs1.org/01/09506000134352/21/%C3%A9":                "1 to 20 characters",
		"https://id.gs1.org/01/09506000134352/21//":                     "ends within a pair",
		"https://id.gs1.org/01/09506000134352/21/%zz":                   "not a GS1 Digital Link",
	} {
		gtin, serial, err := ParseDigitalLink(uri)
		if err == nil || !strings.Contains(err.Error(), message) || gtin != "" || serial != "" {
			t.Errorf("ParseDigitalLink(%q) = %q, %q, %v; want an error with %q", uri, gtin, serial, err, message)
		}
	}
	if _, _, err := ParseDigitalLink("https://id.gs1.org/"); !errors.Is(err, ErrNoDigitalLink) {
		t.Errorf("%v is not ErrNoDigitalLink", err)
	}
}

func TestDigitalLinkRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		gtin := genGTIN().Draw(t, "gtin")
		serial := rapid.StringMatching(`[!"%&'()*+,\-./:;<=>?_0-9A-Za-z]{0,20}`).Draw(t, "serial")
		domain := rapid.SampledFrom([]string{"", "shop.example", "https://shop.example/a/b"}).Draw(t, "domain")
		link := DigitalLink(domain, gtin, serial)
		gotGTIN, gotSerial, err := ParseDigitalLink(link)
		if err != nil || gotGTIN != gtin || gotSerial != serial {
			t.Fatalf("%s gives %q, %q, %v", link, gotGTIN, gotSerial, err)
		}
	})
}

func FuzzParseDigitalLink(f *testing.F) {
	f.Add("https://id.gs1.org/01/09506000134352/21/A1")
	f.Add("http://shop.example/some/path/01/09506000134352/22/2A/10/ABC123/21/12345?17=180426#x")
	f.Fuzz(func(t *testing.T, uri string) {
		gtin, serial, err := ParseDigitalLink(uri)
		if err != nil {
			return
		}
		link := DigitalLink("", gtin, serial)
		if g, s, err := ParseDigitalLink(link); err != nil || g != gtin || s != serial {
			t.Fatalf("%q gives %s, which gives %q, %q, %v", uri, link, g, s, err)
		}
	})
}
