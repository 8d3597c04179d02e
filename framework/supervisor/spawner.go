package supervisor

import (
	"context"
	"errors"
	"os/exec"
	"runtime"
	"sync"
	"time"

	"github.com/openaisle/aisle/framework/supervisor/cgroup"
)

// spawner starts all plugins from one operating-system thread that lives until
// the supervisor is closed. The kernel sends the death signal that a process
// asked for when the *thread* that started it ends, and the Go runtime ends
// threads as it likes (golang/go#27505).
type spawner struct {
	mu     sync.Mutex
	jobs   chan spawnJob
	ended  chan struct{}
	closed bool
}

type spawnJob struct {
	cmd   *exec.Cmd
	group *cgroup.Group
	err   chan error
}

// Starts at once: where many plugins start together, each is up sooner if not
// all are on their way, and none runs out of its time for the others' sake.
// Nobody waits longer than turnWithin for his turn, whoever hangs.
const (
	startsAtOnce = 4
	turnWithin   = time.Second
)

// turn waits for a place among those that start, or a while. What it returns
// gives the place back.
func (w *starter) turn(ctx context.Context) func() {
	t := time.NewTimer(turnWithin)
	defer t.Stop()
	select {
	case w.starts <- struct{}{}:
		return func() { <-w.starts }
	case <-t.C:
	case <-ctx.Done():
	}
	return func() {}
}

var errClosed = errors.New("the supervisor is closed")

// start starts the process of cmd, in a control group.
func (s *spawner) start(cmd *exec.Cmd, group *cgroup.Group) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errClosed
	}
	if s.jobs == nil {
		s.jobs, s.ended = make(chan spawnJob), make(chan struct{})
		go s.run(s.jobs)
	}
	job := spawnJob{cmd: cmd, group: group, err: make(chan error, 1)}
	s.jobs <- job
	return <-job.err
}

// run starts what there is to start, on a thread that is not the process's
// first. That one never ends, so no death signal would come; and where it is in
// a plugin's control group, to start it there, the whole process is said to be:
// whoever asks at that moment, as another supervisor in this process does, would
// make its own groups in the plugin's, and lose them with it.
func (s *spawner) run(jobs <-chan spawnJob) {
	defer close(s.ended)
	onThread(func() { s.serve(jobs) })
}

// onThread calls f on a thread of its own that ends with it.
func onThread(f func()) {
	done := make(chan struct{})
	runtime.LockOSThread()
	if firstThread() {
		go func() { // elsewhere, for this thread is taken until it ends
			defer close(done)
			onThread(f)
		}()
		<-done
		runtime.UnlockOSThread()
		return
	}
	f() // never unlocked: the thread ends with the goroutine
}

func (s *spawner) serve(jobs <-chan spawnJob) {
	hideDescriptors()
	for job := range jobs {
		job.err <- job.group.Start(job.cmd.SysProcAttr, func() (int, error) {
			if err := job.cmd.Start(); err != nil {
				return 0, err
			}
			return job.cmd.Process.Pid, nil
		})
	}
}

// close ends the thread, and with it any process that is still there.
func (s *spawner) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.closed = true
	if s.jobs != nil {
		close(s.jobs)
		<-s.ended
	}
}
