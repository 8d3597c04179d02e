package cgroup

import "time"

// Limits are what one instance may take. Zero is no limit.
type Limits struct {
	// Memory is bytes, page cache and swap included.
	Memory int64
	// Tasks is processes and threads together, as the kernel counts them: a
	// program in Go has a dozen or so.
	Tasks int
	// CPU is thousandths of a core.
	CPU int
}

// The limits by class of device (plugin-host R6). A plugin that drives several
// classes has the most of each. They are guards against a plugin that went
// wrong, ten times and more of what one needs that works.
const (
	Memory       = 256 << 20 // a program in Go at rest takes 15 MiB
	MemoryCamera = 1 << 30   // frames, and models that look at them

	Tasks       = 256
	TasksCamera = 512

	CPU       = 1000
	CPUCamera = 2000
)

// classes are the limits of those that need others than most.
var classes = map[string]Limits{
	"camera": {Memory: MemoryCamera, Tasks: TasksCamera, CPU: CPUCamera},
}

// ByClass returns the limits of a plugin that drives devices of these classes;
// without any, those of one that is only asked what it is.
func ByClass(names ...string) Limits {
	l := Limits{Memory: Memory, Tasks: Tasks, CPU: CPU}
	for _, name := range names {
		c := classes[name]
		l.Memory, l.Tasks, l.CPU = max(l.Memory, c.Memory), max(l.Tasks, c.Tasks), max(l.CPU, c.CPU)
	}
	return l
}

const (
	// period is over how long CPU time is measured: who has used up his share
	// waits for the rest of it, so a short one stalls a busy plugin briefly.
	period = 20 * time.Millisecond
	// longPeriod is for shares of which a period would be less than leastQuota,
	// the kernel's minimum.
	longPeriod = 100 * time.Millisecond
	leastQuota = time.Millisecond
)

// quota is how much CPU time there is in which period.
func quota(milli int) (share, of time.Duration) {
	of = period
	if share = of * time.Duration(milli) / 1000; share < leastQuota {
		of = longPeriod
		share = max(leastQuota, of*time.Duration(milli)/1000)
	}
	return share, of
}

// What a group can enforce.
const (
	LimitMemory = "memory"
	LimitTasks  = "pids"
	LimitCPU    = "cpu"
	// LimitKill is that the group's processes can be killed as one.
	LimitKill = "kill"
)

// What enforces it.
const (
	ByV2   = "v2"
	ByV1   = "v1"
	ByNone = "none"
)

// Measure says what enforces one limit.
type Measure struct {
	// Limit is one of LimitMemory, LimitTasks, LimitCPU and LimitKill.
	Limit string `json:"limit"`
	// By is ByV2, ByV1 or ByNone.
	By string `json:"by"`
	// Why is a sentence: how it is enforced, or why it is not.
	Why string `json:"why"`
}

// Usage is what a group has taken. What can't be counted here is zero.
type Usage struct {
	Memory     int64         `json:"memory_bytes"`
	MemoryPeak int64         `json:"memory_peak_bytes"`
	OOMKills   int64         `json:"oom_kills"` // processes killed for want of memory
	Tasks      int64         `json:"tasks"`
	Refused    int64         `json:"tasks_refused"`
	CPU        time.Duration `json:"cpu_ns"`
	Periods    int64         `json:"cpu_periods"`
	Throttled  int64         `json:"cpu_throttled"` // periods in which it had to wait
}
