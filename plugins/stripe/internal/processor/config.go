package processor

import (
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/openaisle/aisle/sdk/fault"
)

// Config is the config block of a payment block whose driver is stripe.
type Config struct {
	APIKey string `aisle:"api_key,required,sensitive" doc:"Secret or restricted key of the account: sk_... or rk_...."`
	// BaseURL is set in tests only. Its default is what the host lets the plugin
	// connect to.
	BaseURL string        `aisle:"base_url,dial" default:"https://api.stripe.com" doc:"Another server that speaks Stripe's API, for tests. Plain http is taken for this machine only."`
	Timeout time.Duration `aisle:"timeout,min=1s,max=2m" default:"30s" doc:"How long one request may take before its outcome counts as unknown."`
}

// check finds what no schema can.
func (c Config) check() error {
	if !strings.HasPrefix(c.APIKey, "sk_") && !strings.HasPrefix(c.APIKey, "rk_") {
		return fault.At("api_key", fault.New(fault.Invalid, "is no secret key: those begin with sk_ or rk_"))
	}
	if c.BaseURL == "" {
		return nil
	}
	u, err := url.Parse(c.BaseURL)
	switch {
	case err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http"):
		return fault.At("base_url", fault.New(fault.Invalid, "is no address such as https://api.stripe.com"))
	case u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "":
		return fault.At("base_url", fault.New(fault.Invalid, "takes no more than scheme, host and port"))
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return fault.At("base_url", fault.New(fault.Invalid, "would send the key over a network in clear: use https"))
	}
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}
