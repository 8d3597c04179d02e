// Package broker is a connection to an MQTT broker, 3.1.1 or 5, that follows the
// topics below one and ends when it breaks: the host opens the device again.
//
// The protocol is Eclipse Paho's; what this adds is one shape for both versions,
// and words for what went wrong.
package broker

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/eclipse/paho.golang/packets"
	"github.com/eclipse/paho.golang/paho"
	mqtt "github.com/eclipse/paho.mqtt.golang"

	"github.com/openaisle/aisle/sdk/fault"
)

// Within is how long the broker may take to connect, to subscribe, to take a
// message and to answer a ping.
const Within = 5 * time.Second

// keepAlive is how often a silent connection is pinged.
const keepAlive = 10 * time.Second

// refused is the return code of a subscription that failed (MQTT 3.1.1 section 3.9.3).
const refused = 0x80

// Options say which broker, and as whom.
type Options struct {
	Addr               string
	TLS                *tls.Config // nil for none
	Five               bool        // MQTT 5; else 3.1.1
	ClientID           string
	Username, Password string
	// Topic is the one below which all is followed.
	Topic string
	// Heard is given each message, one at a time. It must not block.
	Heard func(topic string, payload []byte)
}

// Conn is a connection. Broken is closed when it has ended by itself.
type Conn struct {
	Broken <-chan struct{}

	publish func(topic string, payload []byte) error
	end     func()
	lost    chan struct{}
	once    sync.Once
	mu      sync.Mutex
	why     error
}

// Open connects and subscribes.
func Open(ctx context.Context, o Options) (*Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, Within)
	defer cancel()
	c := &Conn{lost: make(chan struct{})}
	c.Broken = c.lost
	var err error
	if o.Five {
		err = c.openFive(ctx, o)
	} else {
		err = c.openThree(ctx, o)
	}
	if err != nil {
		return nil, fault.At("broker", fault.Wrap(fault.Unavailable, "connect to the broker at "+o.Addr, err))
	}
	return c, nil
}

// Publish sends a message that arrives at least once.
func (c *Conn) Publish(topic string, payload []byte) error { return c.publish(topic, payload) }

// Why says why it ended.
func (c *Conn) Why() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.why
}

// Close ends it.
func (c *Conn) Close() { c.end() }

func (c *Conn) broke(err error) {
	c.once.Do(func() {
		c.mu.Lock()
		c.why = err
		c.mu.Unlock()
		close(c.lost)
	})
}

func (c *Conn) openThree(ctx context.Context, o Options) error {
	scheme := "tcp://"
	if o.TLS != nil {
		scheme = "ssl://"
	}
	options := mqtt.NewClientOptions().AddBroker(scheme + o.Addr).SetClientID(o.ClientID).SetUsername(o.Username).SetPassword(o.Password).
		SetTLSConfig(o.TLS).SetProtocolVersion(4).SetCleanSession(true).SetAutoReconnect(false).SetConnectRetry(false).
		SetConnectTimeout(Within).SetWriteTimeout(Within).SetPingTimeout(Within).SetKeepAlive(keepAlive).
		SetConnectionLostHandler(func(_ mqtt.Client, err error) { c.broke(err) })
	client := mqtt.NewClient(options)
	wait := func(t mqtt.Token) error {
		select {
		case <-t.Done():
			return t.Error()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if err := wait(client.Connect()); err != nil {
		client.Disconnect(0)
		return err
	}
	heard := func(_ mqtt.Client, m mqtt.Message) { o.Heard(m.Topic(), m.Payload()) }
	all := o.Topic + "/#"
	follow := client.Subscribe(all, 1, heard)
	err := wait(follow)
	// A broker that refuses says so in its answer, which is no error to the library.
	if t, ok := follow.(*mqtt.SubscribeToken); ok && err == nil && t.Result()[all] == refused {
		err = errors.New("the broker does not allow it")
	}
	if err != nil {
		client.Disconnect(0)
		return fmt.Errorf("follow %s: %w", all, err)
	}
	c.publish = func(topic string, payload []byte) error {
		t := client.Publish(topic, 1, false, payload)
		if !t.WaitTimeout(Within) {
			return errors.New("the broker does not take it")
		}
		return t.Error()
	}
	c.end = func() { client.Disconnect(50) }
	return nil
}

func (c *Conn) openFive(ctx context.Context, o Options) error {
	conn, err := dial(ctx, o)
	if err != nil {
		return err
	}
	client := paho.NewClient(paho.ClientConfig{
		Conn: packets.NewThreadSafeConn(conn), PacketTimeout: Within,
		OnPublishReceived: []func(paho.PublishReceived) (bool, error){func(p paho.PublishReceived) (bool, error) {
			o.Heard(p.Packet.Topic, p.Packet.Payload)
			return true, nil
		}},
		OnClientError: func(err error) { c.broke(err) },
		OnServerDisconnect: func(d *paho.Disconnect) {
			c.broke(fmt.Errorf("the broker ended it, with reason %#02x", d.ReasonCode))
		},
	})
	ack, err := client.Connect(ctx, &paho.Connect{
		KeepAlive: uint16(keepAlive / time.Second), ClientID: o.ClientID, CleanStart: true,
		Username: o.Username, UsernameFlag: o.Username != "", Password: []byte(o.Password), PasswordFlag: o.Password != "",
	})
	if err != nil {
		_ = conn.Close()
		if ack != nil {
			return fmt.Errorf("it refused, with reason %#02x: %w", ack.ReasonCode, err)
		}
		return err
	}
	if _, err := client.Subscribe(ctx, &paho.Subscribe{Subscriptions: []paho.SubscribeOptions{{Topic: o.Topic + "/#", QoS: 1}}}); err != nil {
		_ = client.Disconnect(&paho.Disconnect{})
		return fmt.Errorf("follow %s/#: %w", o.Topic, err)
	}
	c.publish = func(topic string, payload []byte) error {
		ctx, cancel := context.WithTimeout(context.Background(), Within)
		defer cancel()
		_, err := client.Publish(ctx, &paho.Publish{Topic: topic, QoS: 1, Payload: payload})
		return err
	}
	c.end = func() {
		_ = client.Disconnect(&paho.Disconnect{})
		<-client.Done()
	}
	return nil
}

func dial(ctx context.Context, o Options) (net.Conn, error) {
	if o.TLS == nil {
		return (&net.Dialer{}).DialContext(ctx, "tcp", o.Addr)
	}
	return (&tls.Dialer{Config: o.TLS}).DialContext(ctx, "tcp", o.Addr)
}
