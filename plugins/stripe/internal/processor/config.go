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
	// Webhook is where Stripe tells what happens by itself: left out, it isn't heard.
	Webhook Webhook `aisle:"webhook" doc:"Where Stripe's webhooks arrive; its address is set up as an endpoint in the account."`
}

// Webhook is an endpoint of the account.
type Webhook struct {
	Listen string `aisle:"listen,required,listen" doc:"Port to listen on, such as :8443. Stripe wants HTTPS: give a certificate, or a proxy that ends TLS."`
	Secret string `aisle:"secret,required,sensitive" doc:"The endpoint's signing secret: whsec_...."`
	// Former is still signed with while a secret is being rolled.
	Former      string        `aisle:"former_secret,sensitive" doc:"The signing secret before the last, while it is being rolled."`
	Tolerance   time.Duration `aisle:"tolerance,min=1s,max=1h" default:"5m" doc:"How old a signature may be."`
	Certificate string        `aisle:"certificate,read" doc:"File with the certificates of the endpoint, PEM."`
	Key         string        `aisle:"key,read" doc:"File with the certificate's key, PEM."`
}

// check finds what no schema can.
func (c Config) check() error {
	if !strings.HasPrefix(c.APIKey, "sk_") && !strings.HasPrefix(c.APIKey, "rk_") {
		return fault.At("api_key", fault.New(fault.Invalid, "is no secret key: those begin with sk_ or rk_"))
	}
	if w := c.Webhook; w.Listen != "" {
		for path, secret := range map[string]string{"webhook.secret": w.Secret, "webhook.former_secret": w.Former} {
			if !strings.HasPrefix(secret, "whsec_") && (secret != "" || path == "webhook.secret") {
				return fault.At(path, fault.New(fault.Invalid, "is no signing secret: those begin with whsec_"))
			}
		}
		if (w.Certificate == "") != (w.Key == "") {
			return fault.At("webhook.certificate", fault.New(fault.Invalid, "goes with key: write both, or none behind a proxy"))
		}
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
