package gs1

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// DefaultDomain is GS1's own resolver.
const DefaultDomain = "id.gs1.org"

// MaxSerialText is the longest serial number of application identifier 21.
const MaxSerialText = 20

// ErrNoDigitalLink: the address is no GS1 Digital Link of a GTIN.
var ErrNoDigitalLink = errors.New("not a GS1 Digital Link of a GTIN")

// DigitalLink gives the web address of a product, or of one item of it if serial isn't empty:
// https://id.gs1.org/01/09506000134352/21/A1. The domain may have a scheme and a path before; empty means DefaultDomain.
func DigitalLink(domain string, gtin GTIN, serial string) string {
	if domain == "" {
		domain = DefaultDomain
	}
	if !strings.Contains(domain, "://") {
		domain = "https://" + domain
	}
	link := strings.TrimRight(domain, "/") + "/01/" + string(gtin)
	if serial != "" {
		link += "/21/" + url.PathEscape(serial)
	}
	return link
}

// ParseDigitalLink reads the uncompressed form of URI Syntax 1.4 section 4 with the GTIN (01) as key. The serial is "" if there is none.
// Variant (22) and lot (10) are passed over; so are the query, the fragment and a path before the key.
// A GTIN of 8, 12 or 13 digits, which older versions allowed, is taken.
func ParseDigitalLink(uri string) (gtin GTIN, serial string, err error) {
	u, err := url.Parse(uri)
	if err != nil {
		return "", "", fmt.Errorf("digital link %s: %w", quote(uri), ErrNoDigitalLink)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", "", fmt.Errorf("digital link %s: it begins with https:// and a domain: %w", quote(uri), ErrNoDigitalLink)
	}
	segments := strings.Split(strings.Trim(u.EscapedPath(), "/"), "/")
	key := slices.Index(segments, "01")
	if key < 0 || (len(segments)-key)%2 != 0 {
		return "", "", fmt.Errorf("digital link %s: its path has no /01/ with a GTIN, or ends within a pair: %w", quote(uri), ErrNoDigitalLink)
	}
	if gtin, err = ParseGTIN(segments[key+1]); err != nil {
		return "", "", fmt.Errorf("digital link %s: %w", quote(uri), err)
	}
	serial, err = qualifiers(segments[key+2:])
	if err != nil {
		return "", "", fmt.Errorf("digital link %s: %w", quote(uri), err)
	}
	return gtin, serial, nil
}

// qualifiers reads the pairs after the GTIN, which the standard allows in the order 22, 10, 21, each at most once.
func qualifiers(pairs []string) (serial string, err error) {
	order := []string{"22", "10", "21"}
	for i := 0; i+1 < len(pairs); i += 2 {
		at := slices.Index(order, pairs[i])
		if at < 0 {
			return "", fmt.Errorf("%s can't qualify a GTIN here: %w", quote(pairs[i]), ErrNoDigitalLink)
		}
		order = order[at+1:]
		value, err := url.PathUnescape(pairs[i+1])
		if err != nil || value == "" || len(value) > MaxSerialText || !isCharset82(value) {
			return "", fmt.Errorf("value %s of %s has not 1 to %d characters of GS1's set: %w",
				quote(pairs[i+1]), pairs[i], MaxSerialText, ErrNoDigitalLink)
		}
		if pairs[i] == "21" {
			serial = value
		}
	}
	return serial, nil
}

// isCharset82 says whether s has only characters of GS1 AI encodable character set 82 (General Specifications, figure 7.11-1).
func isCharset82(s string) bool {
	for i := range len(s) {
		c := s[i]
		alphanumeric := c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
		if !alphanumeric && !strings.ContainsRune(`!"%&'()*+,-./:;<=>?_`, rune(c)) {
			return false
		}
	}
	return true
}
