package platform

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net"
	"os"
	"strings"
	"time"

	"github.com/openaisle/aisle/plugins/mqttshelf/internal/broker"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/shelf"
	"github.com/openaisle/aisle/sdk/signal"
)

// Config is the config block of a shelf.
type Config struct {
	Broker    string        `aisle:"broker,required,dial" doc:"Host and port of the MQTT broker: 1883, or 8883 with TLS."`
	Version   string        `aisle:"version,one_of=3.1.1|5" default:"3.1.1" doc:"The version of MQTT."`
	Topic     string        `aisle:"topic,required" doc:"The controller's topic, such as store/12/shelf/wall. It publishes below it: weight, status, calibration, tared."`
	Bays      int           `aisle:"bays,required,min=1,max=64" doc:"How many bays the controller has."`
	Username  string        `aisle:"username" doc:"The plugin's name at the broker."`
	Password  string        `aisle:"password,sensitive" doc:"Its password."`
	TLS       bool          `aisle:"tls" doc:"Speak TLS to the broker."`
	CA        string        `aisle:"ca,read" doc:"The certificate authority of the broker, a PEM file; without one, those that the machine trusts."`
	Cert      string        `aisle:"certificate,read" doc:"The plugin's own certificate, a PEM file, for brokers that ask for one."`
	Key       string        `aisle:"key,sensitive" doc:"The private key of certificate, in PEM: a secret, not a file's name."`
	ClientID  string        `aisle:"client_id" doc:"The plugin's client identifier at the broker; by default the device's address."`
	Settled   bool          `aisle:"settled" doc:"The controller filters its weights itself, as an indicator does, and may say stable. By default what it publishes is raw samples, ten or more a second."`
	MinChange measure.Mass  `aisle:"min_change" default:"10 g" doc:"The least change that is reported."`
	Division  measure.Mass  `aisle:"division" default:"1 g" doc:"With settled, the scale interval: what differs by one of it is the same."`
	Hold      time.Duration `aisle:"hold,min=100ms,max=10s" default:"1400ms" doc:"How long a load must stand."`
	Silence   time.Duration `aisle:"silence,min=1s,max=10m" default:"5s" doc:"A controller that says nothing for so long is away."`
}

// maxTopic bounds a topic, in bytes.
const maxTopic = 200

// Open opens a shelf.
func Open(ctx context.Context, env sdk.Env, c Config) (shelf.Shelf, error) {
	c.Topic = strings.Trim(c.Topic, "/")
	if c.Topic == "" || len(c.Topic) > maxTopic || strings.ContainsAny(c.Topic, "+#\x00") {
		return nil, fault.At("topic", fault.Errorf(fault.Invalid, "%q is no topic of one controller: it has 1 to %d characters, and neither + nor #", c.Topic, maxTopic))
	}
	secure, err := c.secure()
	if err != nil {
		return nil, err
	}
	if c.ClientID == "" {
		c.ClientID = "aisle-" + strings.ReplaceAll(env.Address, ".", "-")
	}
	s := &Shelf{config: c, said: make(chan said, maxSaid), tares: map[string]chan error{}, log: cmp.Or(env.Log, slog.Default())}
	for range c.Bays {
		f, err := newFilter(&c)
		if err != nil {
			return nil, fault.At("min_change", fault.Wrap(fault.Invalid, "", err))
		}
		s.bays = append(s.bays, bay{filter: f})
	}
	s.conn, err = broker.Open(ctx, broker.Options{
		Addr: c.Broker, TLS: secure, Five: c.Version == "5", ClientID: c.ClientID, Username: c.Username, Password: c.Password,
		Topic: c.Topic, Heard: s.heard,
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// secure is how TLS is spoken; nil for not at all.
func (c *Config) secure() (*tls.Config, error) {
	if !c.TLS {
		if c.CA != "" {
			return nil, fault.At("ca", fault.New(fault.Invalid, "a certificate authority is of no use without tls = true"))
		}
		if c.Cert != "" {
			return nil, fault.At("certificate", fault.New(fault.Invalid, "a certificate is of no use without tls = true"))
		}
		return nil, nil //nolint:nilnil // no TLS
	}
	host, _, err := net.SplitHostPort(c.Broker)
	if err != nil {
		return nil, fault.At("broker", fault.Wrap(fault.Invalid, "", err))
	}
	secure := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	if err := c.own(secure); err != nil {
		return nil, err
	}
	if c.CA == "" {
		return secure, nil
	}
	pem, err := os.ReadFile(c.CA)
	if err != nil {
		return nil, fault.At("ca", fault.Wrap(fault.Invalid, "", err))
	}
	secure.RootCAs = x509.NewCertPool()
	if !secure.RootCAs.AppendCertsFromPEM(pem) {
		return nil, fault.At("ca", fault.Errorf(fault.Invalid, "%s has no certificate in it", c.CA))
	}
	return secure, nil
}

// own sets the plugin's own certificate, where it has one.
func (c *Config) own(secure *tls.Config) error {
	if c.Cert == "" && c.Key == "" {
		return nil
	}
	pem, err := os.ReadFile(c.Cert)
	if err != nil {
		return fault.At("certificate", fault.Wrap(fault.Invalid, "", err))
	}
	pair, err := tls.X509KeyPair(pem, []byte(c.Key))
	if err != nil {
		return fault.At("key", fault.Wrap(fault.Invalid, "it is not the key of "+c.Cert, err))
	}
	secure.Certificates = []tls.Certificate{pair}
	return nil
}

func grams(m measure.Mass) float64 { return float64(m) / float64(measure.Gram) }

// filter makes levels of samples.
type filter interface {
	sample(at time.Time, grams float64, stable bool) (signal.Report, bool)
}

// newFilter is a Bay for raw samples and an Indicator for others.
func newFilter(c *Config) (filter, error) {
	if c.Settled {
		i, err := signal.NewIndicator(&signal.IndicatorOptions{Division: grams(c.Division), MinChange: grams(c.MinChange), Hold: c.Hold})
		return indicator{i}, err
	}
	b, err := signal.NewBay(&signal.BayOptions{MinChange: grams(c.MinChange), Hold: c.Hold})
	return cell{b}, err
}

type indicator struct{ *signal.Indicator }

func (i indicator) sample(at time.Time, grams float64, stable bool) (signal.Report, bool) {
	return i.Read(at, signal.Reading{Grams: grams, Moving: !stable})
}

type cell struct{ *signal.Bay }

func (c cell) sample(at time.Time, grams float64, _ bool) (signal.Report, bool) {
	return c.Sample(at, grams)
}
