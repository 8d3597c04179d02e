package cgroup

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestHierarchies(t *testing.T) {
	for _, tt := range []struct {
		name, mounts, self string
		want               []hierarchy
	}{
		{"version 2", `
29 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate`, "0::/user.slice/a.scope\n",
			[]hierarchy{{2, nil, "/sys/fs/cgroup", "/sys/fs/cgroup/user.slice/a.scope"}}},
		{"hybrid", `
31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
38 31 0:35 / /sys/fs/cgroup/blkio rw - cgroup cgroup rw,blkio
40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd
41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
42 31 0:32 / /again rw - cgroup cgroup rw,memory`,
			"9:name=systemd:/s\n4:memory:/m\n2:cpu,cpuacct:/c:d\n0::/\n",
			[]hierarchy{
				{1, []string{"cpu"}, "/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup/cpu,cpuacct/c:d"},
				{1, []string{"memory"}, "/sys/fs/cgroup/memory", "/sys/fs/cgroup/memory/m"},
				{2, nil, "/sys/fs/cgroup/unified", "/sys/fs/cgroup/unified"},
			}},
		{"a container's part", `
29 23 0:26 /docker/x /sys/fs/cg\040roup ro - cgroup2 cgroup2 rw`, "0::/docker/x/y\n",
			[]hierarchy{{2, nil, "/sys/fs/cg roup", "/sys/fs/cg roup/y"}}},
		{"outside of what is mounted", `
29 23 0:26 /docker/x /sys/fs/cgroup rw - cgroup2 cgroup2 rw`, "0::/docker/xy\n", nil},
		{"outside of the namespace", `
29 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw`, "0::/../b\n", nil},
		{"a namespace's own", `
29 23 0:26 /../.. /sys/fs/cgroup rw - cgroup2 cgroup2 rw`, "0::/\n", nil},
		{"rubbish", "x\n1 2 3 - cgroup2\n - \n", "::\n0\n", nil},
		{"nothing", "", "", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := hierarchies(strings.TrimPrefix(tt.mounts, "\n"), tt.self); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

func TestQuota(t *testing.T) {
	for milli, want := range map[int][2]time.Duration{
		1:    {time.Millisecond, longPeriod},
		49:   {4900 * time.Microsecond, longPeriod},
		50:   {time.Millisecond, period},
		1000: {period, period},
		2500: {50 * time.Millisecond, period},
	} {
		share, of := quota(milli)
		if got := [2]time.Duration{share, of}; got != want {
			t.Errorf("%d: %v, want %v", milli, got, want)
		}
	}
}

func TestByClass(t *testing.T) {
	if got := ByClass(); got != (Limits{Memory, Tasks, CPU}) {
		t.Errorf("without a class: %+v", got)
	}
	if got := ByClass("gate"); got != ByClass() {
		t.Errorf("a gate: %+v", got)
	}
	if got := ByClass("camera", "shelf"); got != (Limits{MemoryCamera, TasksCamera, CPUCamera}) {
		t.Errorf("a camera and a shelf: %+v", got)
	}
}
