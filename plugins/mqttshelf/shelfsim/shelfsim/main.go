// Command shelfsim is a shelf controller to develop against: it publishes over MQTT to a
// broker that is there already, such as mosquitto, and reads from standard input which
// load stands on which bay.
//
//	go run ./plugins/mqttshelf/shelfsim/shelfsim -broker 127.0.0.1:1883 -topic shop/shelf/wall -bays 2
package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/openaisle/aisle/plugins/mqttshelf/shelfsim"
)

func main() {
	o := shelfsim.Options{Every: 50 * time.Millisecond, Noise: 0.3}
	flag.StringVar(&o.Broker, "broker", "127.0.0.1:1883", "host and port of the broker")
	flag.StringVar(&o.Topic, "topic", "shop/shelf/wall", "topic of the shelf")
	flag.StringVar(&o.Username, "username", "", "what the broker knows it by")
	flag.StringVar(&o.Password, "password", "", "and its password")
	flag.IntVar(&o.Bays, "bays", 1, "how many bays it has")
	flag.BoolVar(&o.Counts, "counts", false, "publish the converter's counts and a calibration, instead of grams")
	flag.Parse()
	if err := run(o, os.Stdin, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

const usage = "BAY GRAMS (put there, or taken: 1 -345) | mute on|off | ahead DURATION (of its clock) | telemetry NAME VALUE"

// run publishes until orders end, which at a terminal is never.
func run(o shelfsim.Options, orders io.Reader, says io.Writer) error {
	if o.Bays < 1 {
		return fmt.Errorf("-bays %d: a shelf has one bay at least", o.Bays)
	}
	c, err := shelfsim.Start(o)
	if err != nil {
		return err
	}
	defer c.Stop()
	fmt.Fprintf(says, "a shelf of bays 1 to %d publishes below %s at %s; type %s\n", o.Bays, o.Topic, o.Broker, usage)
	lines := bufio.NewScanner(orders)
	for lines.Scan() {
		if err := order(c, o.Bays, strings.Fields(lines.Text())); err != nil {
			fmt.Fprintln(says, err)
		}
	}
	return lines.Err()
}

func order(c *shelfsim.Controller, bays int, words []string) error {
	if len(words) == 0 {
		return nil
	}
	switch {
	case words[0] == "mute" && len(words) == 2 && (words[1] == "on" || words[1] == "off"):
		c.Mute(words[1] == "on")
		return nil
	case words[0] == "ahead" && len(words) == 2:
		d, err := time.ParseDuration(words[1])
		if err != nil {
			return fmt.Errorf("%q is no duration, such as 24h", words[1])
		}
		c.Ahead(d)
		return nil
	case words[0] == "telemetry" && len(words) == 3:
		v, err := strconv.ParseFloat(words[2], 64)
		if err != nil {
			return fmt.Errorf("%q is no number", words[2])
		}
		c.Measure(map[string]float64{words[1]: v})
		return nil
	case len(words) == 2:
		bay, err := strconv.Atoi(words[0])
		if err != nil || bay < 1 || bay > bays {
			return fmt.Errorf("%q is no bay from 1 to %d; there are %s", words[0], bays, usage)
		}
		g, err := strconv.ParseFloat(words[1], 64)
		if err != nil {
			return fmt.Errorf("%q is no number of grams", words[1])
		}
		c.Put(bay, g)
		return nil
	}
	return fmt.Errorf("%q is no order; there are %s", strings.Join(words, " "), usage)
}
