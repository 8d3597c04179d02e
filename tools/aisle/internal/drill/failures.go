package drill

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/openaisle/aisle/framework/control"
)

// outage is how long a device is without power, in the store's time.
const outage = 45 * time.Second

// Signal gives the failure of a plugin's process that gets a signal: SIGKILL
// kills it, SIGSTOP has it hang. It returns once the host has noticed.
func Signal(sig syscall.Signal) Failure {
	return func(ctx context.Context, s *Store) (Deed, error) {
		p, err := s.anyPlugin()
		if err != nil {
			return Deed{}, err
		}
		if err := syscall.Kill(p.PID, sig); err != nil {
			return Deed{}, fmt.Errorf("plugin %s, process %d: %w", p.Name, p.PID, err)
		}
		return Deed{Name: fmt.Sprintf("plugin %s got signal %v", p.Name, sig), Touches: of(p)}, s.until(ctx, func(now control.State) bool {
			q, _ := now.Plugin(p.Name)
			return q.Restarts > p.Restarts
		})
	}
}

// anyPlugin picks a plugin that runs.
func (s *Store) anyPlugin() (control.Plugin, error) {
	running := slices.DeleteFunc(slices.Clone(s.State.Plugins), func(p control.Plugin) bool { return p.PID == 0 || p.State != "running" })
	if len(running) == 0 {
		return control.Plugin{}, errors.New("no plugin runs")
	}
	return running[s.Rand.IntN(len(running))], nil
}

// until waits until the store is as it shall be.
func (s *Store) until(ctx context.Context, is func(control.State) bool) error {
	ctx, cancel := context.WithTimeoutCause(ctx, backWithin, fmt.Errorf("the host notices nothing within %v", backWithin))
	defer cancel()
	for {
		now, err := s.Client.State(ctx)
		if err != nil {
			return err
		}
		if is(now) {
			return nil
		}
		if err := pause(ctx, lookEvery); err != nil {
			return err
		}
	}
}

// Unplug is the failure of a device whose power is taken away for a while, by
// the store's clock.
func Unplug(ctx context.Context, s *Store) (Deed, error) {
	d := s.State.Devices[s.Rand.IntN(len(s.State.Devices))]
	if err := s.unplug(ctx, d.Address); err != nil {
		return Deed{}, err
	}
	deed := Deed{Name: d.Address + " was unplugged", Touches: func(x control.Device) bool { return x.Address == d.Address }}
	return deed, s.until(ctx, func(now control.State) bool {
		i := slices.IndexFunc(now.Devices, deed.Touches)
		return i >= 0 && (now.Devices[i].State != "ready" || now.Devices[i].Epoch > d.Epoch)
	})
}

// unplug has the simulated world take a device's power away.
func (s *Store) unplug(ctx context.Context, device string) error {
	address, err := os.ReadFile(filepath.Join(s.Data, "peers", "world.address"))
	if err != nil {
		return fmt.Errorf("find the simulated world: %w", err)
	}
	var dialer net.Dialer
	c, err := dialer.DialContext(ctx, "unix", strings.TrimPrefix(strings.TrimSpace(string(address)), "unix:"))
	if err != nil {
		return err
	}
	defer c.Close()
	defer context.AfterFunc(ctx, func() { _ = c.Close() })()
	in := json.NewDecoder(bufio.NewReader(c))
	for _, line := range []map[string]any{{"hello": "hand"}, {"unplug": device, "for_us": outage.Microseconds()}} {
		if err := json.NewEncoder(c).Encode(line); err != nil {
			return err
		}
		var answer struct {
			Error *struct {
				Message string `json:"message"`
			} `json:"error"`
		}
		if err := in.Decode(&answer); err != nil {
			return err
		}
		if answer.Error != nil {
			return fmt.Errorf("the world: %s", answer.Error.Message)
		}
	}
	return nil
}

// of tells a plugin's devices.
func of(p control.Plugin) func(control.Device) bool {
	return func(d control.Device) bool { return d.Plugin == p.Name }
}

// Swap gives the failures of a plugin that is upgraded while the store is open.
// Put puts another release in place of the present one, a good one or one that
// opens nothing and must be rolled back.
func Swap(put func(running control.Plugin) error, good bool) Failure {
	return func(ctx context.Context, s *Store) (Deed, error) {
		p, err := s.anyPlugin()
		if err != nil {
			return Deed{}, err
		}
		name, err := swap(ctx, s, p, put, good)
		return Deed{Name: name, Touches: of(p)}, err
	}
}

func swap(ctx context.Context, s *Store, p control.Plugin, put func(control.Plugin) error, good bool) (string, error) {
	if err := put(p); err != nil {
		return "", err
	}
	out, err := s.Client.Upgrade(ctx, p.Name, control.By{Actor: "drill", Reason: "a drill"}, nil)
	var failed *control.Error
	switch {
	case good && err != nil:
		return "", err
	case good && !out.Changed:
		return "", fmt.Errorf("plugin %s was not swapped", p.Name)
	case good:
		return fmt.Sprintf("plugin %s was swapped, its devices out for %d ms", p.Name, time.Duration(out.Plugins[0].OutNS).Milliseconds()), nil
	case err == nil:
		return "", fmt.Errorf("a release of plugin %s that opens no device was taken", p.Name)
	case !errors.As(err, &failed) || failed.Code != control.CodeFailed:
		return "", err
	}
	now, err := s.Client.State(ctx)
	if err != nil {
		return "", err
	}
	if q, _ := now.Plugin(p.Name); q.Digest != p.Digest || q.PID != p.PID {
		return "", fmt.Errorf("plugin %s was rolled back to another process", p.Name)
	}
	return fmt.Sprintf("a release of plugin %s that opens no device was rolled back", p.Name), nil
}
