package hostbench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// The fleet, and what it may take.
const (
	fleetPlugins  = 20
	fleetDevices  = 200
	fleetReady    = 2000.0
	deviceMost    = 16.0
	extraDevices  = 1000
	clockTicks    = 100 // USER_HZ, which is 100 on every Linux there is
	idleFor       = 5 * time.Second
	kernelPageKiB = 4
)

// fleet measures 20 plugins with 200 devices, at their start and idle.
func (b *bench) fleet(ctx context.Context) error {
	took, cpu, memory, err := b.idle(ctx, fleetDevices)
	if err != nil {
		return err
	}
	b.emit(Row{Key: "fleet", Name: "20 plugins, 200 devices, all READY", Value: took, Unit: "ms", Limit: fleetReady, Of: 1})
	b.emit(Row{Key: "fleet", Name: "idle: CPU of one plugin", Value: cpu * 100, Unit: "% of core", Printed: true, Of: fleetPlugins})
	b.emit(Row{Key: "fleet", Name: "idle: memory of one plugin (RSS)", Value: memory, Unit: "MiB", Printed: true, Of: fleetPlugins})
	few, err := b.hostMemory(ctx, 10)
	if err != nil {
		return err
	}
	many, err := b.hostMemory(ctx, 10+extraDevices)
	if err != nil {
		return err
	}
	b.emit(Row{Key: "fleet", Name: "host memory of one more device", Value: (many - few) / extraDevices, Unit: "KiB", Limit: deviceMost, Of: extraDevices})
	return nil
}

func fleetOf(plugins, devices int) (all []member) {
	for n := range plugins {
		all = append(all, member{name: fmt.Sprintf("p%02d", n), animal: "idle", devices: devices / plugins})
	}
	return all
}

// idle starts a fleet and looks at its plugins while nothing happens.
func (b *bench) idle(ctx context.Context, count int) (took, cpu, memory float64, err error) {
	r, err := b.rig(options{}, fleetOf(fleetPlugins, count)...)
	if err != nil {
		return 0, 0, 0, err
	}
	at := time.Now()
	r.start()
	defer func() {
		if e := r.stop(); err == nil {
			err = e
		}
	}()
	if err := r.ready(ctx, count); err != nil {
		return 0, 0, 0, err
	}
	took = float64(time.Since(at)) / 1e6
	pids := processes("bench")
	before := ticks(pids)
	pause(ctx, idleFor)
	cpu = float64(ticks(pids)-before) / clockTicks / idleFor.Seconds() / fleetPlugins
	for _, pid := range pids {
		memory += float64(resident(pid)) / 1024 / fleetPlugins
	}
	return took, cpu, memory, nil
}

// hostMemory is what this process holds with so many devices of one plugin, in
// KiB.
func (b *bench) hostMemory(ctx context.Context, count int) (kib float64, err error) {
	r, err := b.rig(options{}, fleetOf(1, count)...)
	if err != nil {
		return 0, err
	}
	r.start()
	defer func() {
		if e := r.stop(); err == nil {
			err = e
		}
	}()
	if err := r.ready(ctx, count); err != nil {
		return 0, err
	}
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc+m.StackInuse) / 1024, nil
}

// processes are those of animals that have a word among their arguments.
func processes(token string) (pids []int) {
	list, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range list {
		b, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		if args := strings.Split(string(b), "\x00"); len(args) > 2 && args[1] == "idle" && args[2] == token {
			pid, _ := strconv.Atoi(strings.Split(path, "/")[2])
			pids = append(pids, pid)
		}
	}
	return pids
}

// ticks sums up the processor time of processes (proc(5), fields 14 and 15).
func ticks(pids []int) (sum int) {
	for _, pid := range pids {
		b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		_, rest, _ := strings.Cut(string(b), ") ")
		if f := strings.Fields(rest); len(f) > 12 {
			user, _ := strconv.Atoi(f[11])
			system, _ := strconv.Atoi(f[12])
			sum += user + system
		}
	}
	return sum
}

// resident is the memory of a process, in KiB.
func resident(pid int) int {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	f := strings.Fields(string(b))
	if len(f) < 2 {
		return 0
	}
	n, _ := strconv.Atoi(f[1])
	return n * kernelPageKiB
}
