// Package shelfsim is a shelf controller that publishes over MQTT, for
// development and for tests. It is ours, so it proves the plugin's manners and
// not other people's controllers.
package shelfsim

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

// Controller is one. Use Start.
type Controller struct {
	topic  string
	client mqtt.Client
	stop   chan struct{}
	done   chan struct{}

	mu     sync.Mutex
	grams  []float64
	mute   bool
	counts bool
	noise  float64
	moving bool
	refuse bool
	ahead  time.Duration
}

// zero and count are of the converter: counts are grams / count + zero.
const (
	zero  = 8388.0
	count = 0.05
)

// Options say where it publishes, and as whom.
type Options struct {
	Broker, Topic, Username, Password string
	Bays                              int
	// Every is how often it publishes a weight of each bay.
	Every time.Duration
	// Noise is how far its samples scatter, in grams (standard deviation). Those of a
	// live cell do, and raw samples that do not are a stuck one's.
	Noise float64
	// Counts publishes what the converter says, and its calibration.
	Counts bool
}

// Start connects it and begins to publish.
func Start(o Options) (*Controller, error) {
	c := &Controller{topic: o.Topic, stop: make(chan struct{}), done: make(chan struct{}), grams: make([]float64, o.Bays), counts: o.Counts, noise: o.Noise}
	options := mqtt.NewClientOptions().AddBroker("tcp://"+o.Broker).SetClientID("shelfsim-"+o.Topic).SetUsername(o.Username).SetPassword(o.Password).
		SetConnectRetry(true).SetConnectRetryInterval(50*time.Millisecond).SetWill(o.Topic+"/status", "offline", 1, true).
		SetOnConnectHandler(c.connected)
	c.client = mqtt.NewClient(options)
	if t := c.client.Connect(); !t.WaitTimeout(time.Minute) || t.Error() != nil {
		c.client.Disconnect(0)
		return nil, fmt.Errorf("connect to the broker at %s: %w", o.Broker, t.Error())
	}
	go c.run(o.Every)
	return c, nil
}

// connected says that it is there, how counts become grams, and listens for tares.
func (c *Controller) connected(client mqtt.Client) {
	client.Publish(c.topic+"/status", 1, true, "online")
	if c.counts {
		type line struct {
			Bay   int     `json:"bay"`
			Zero  float64 `json:"zero"`
			Grams float64 `json:"grams"`
		}
		var all []line
		for i := range c.grams {
			all = append(all, line{i + 1, zero, count})
		}
		b, _ := json.Marshal(map[string]any{"bays": all}) // of numbers
		client.Publish(c.topic+"/calibration", 1, true, b)
	}
	client.Subscribe(c.topic+"/tare", 1, func(client mqtt.Client, m mqtt.Message) {
		var t struct {
			ID  string `json:"id"`
			Bay int    `json:"bay"`
		}
		if json.Unmarshal(m.Payload(), &t) != nil || t.Bay < 1 || t.Bay > len(c.grams) {
			return
		}
		c.mu.Lock()
		refuse := c.refuse
		if !refuse {
			c.grams[t.Bay-1] = 0
		}
		c.mu.Unlock()
		b, _ := json.Marshal(map[string]any{"id": t.ID, "ok": !refuse, "reason": "it is told to refuse"}) // of texts
		client.Publish(c.topic+"/tared", 1, false, b)
	})
}

func (c *Controller) run(every time.Duration) {
	defer close(c.done)
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-c.stop:
			return
		case <-tick.C:
			c.publish()
		}
	}
}

func (c *Controller) publish() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.mute {
		return
	}
	for i, g := range c.grams {
		g += rand.NormFloat64() * c.noise
		m := map[string]any{"bay": i + 1, "t": time.Now().Add(c.ahead).UnixMilli(), "stable": !c.moving}
		if c.counts {
			m["n"] = g/count + zero
		} else {
			m["g"] = g
		}
		b, _ := json.Marshal(m) // of numbers
		c.client.Publish(c.topic+"/weight", 0, false, b)
	}
}

// Put puts grams on a bay, counted from 1, or takes them.
func (c *Controller) Put(bay int, grams float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.grams[bay-1] += grams
}

// Measure publishes telemetry, such as {"supply_volts": 3.71}.
func (c *Controller) Measure(values map[string]float64) {
	b, _ := json.Marshal(values) // of finite numbers
	c.Say("telemetry", b)
}

// Mute makes it publish nothing, or go on.
func (c *Controller) Mute(yes bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mute = yes
}

// Refuse makes it refuse tares.
func (c *Controller) Refuse(yes bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refuse = yes
}

// Ahead sets its clock.
func (c *Controller) Ahead(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead = d
}

// Say publishes anything below its topic.
func (c *Controller) Say(what string, body []byte) {
	c.client.Publish(c.topic+"/"+what, 1, false, body).WaitTimeout(time.Minute)
}

// Away makes the broker say what it says when the controller is lost.
func (c *Controller) Away() {
	c.client.Publish(c.topic+"/status", 1, true, "offline").WaitTimeout(time.Minute)
}

// Stop ends it.
func (c *Controller) Stop() {
	close(c.stop)
	<-c.done
	c.client.Disconnect(50)
}
