package zoo

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/framework/supervisor/build"
	"github.com/openaisle/aisle/framework/supervisor/sandbox"
)

// programs are the animals', built once, and descriptors the file of the
// contract for those in another language.
var (
	programs    Programs
	descriptors string
	// enforced is what is kept from a plugin here.
	enforced sandbox.Report
)

// TestMain looks that nothing is left of this process either: no goroutine, no
// descriptor, and no memory that a message of an animal made it take.
func TestMain(m *testing.M) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	var err error
	if path := os.Getenv(programEnv); path != "" {
		programs = Known(path, "")
		programs.Why = "no animals in another language were asked for"
	} else if programs, err = Find(ctx, build.New(nil)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	cancel()
	dir, err := os.MkdirTemp("", "zoo")
	if err == nil {
		descriptors = filepath.Join(dir, "contract.binpb")
		err = writeContract(descriptors)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if enforced, err = measures(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	flag.Parse()
	if err := flag.Set("test.parallel", fmt.Sprint(atOnce)); err != nil { // they wait more than they work
		panic(err)
	}
	before := openFiles()
	code := m.Run()
	if left := openFiles(); code == 0 && len(left) > len(before) {
		fmt.Fprintf(os.Stderr, "descriptors left: %v, before %v\n", left, before)
		code = 1
	}
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	_ = os.RemoveAll(dir) // a temporary file
	os.Exit(code)
}

// measures starts a plugin that behaves to learn what is enforced on it.
func measures() (sandbox.Report, error) {
	dir, err := os.MkdirTemp("", "zoo")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	sup := supervisor.New(&supervisor.Options{RunDir: dir, Log: slog.New(slog.DiscardHandler)})
	defer sup.Close()
	in, err := sup.Start(context.Background(), programs.Spec(Animal{Name: "good"}, "good", "measures"))
	if err != nil {
		return nil, err
	}
	return in.Isolation(), in.Stop()
}

// writeContract writes the published contract as a descriptor set, as protoc
// would of sdk/proto: it is all that the animals in another language know.
func writeContract(path string) error {
	var set descriptorpb.FileDescriptorSet
	for _, name := range []string{"evidence", "gate", "payment", "shelf", "plugin"} {
		f, err := protoregistry.GlobalFiles.FindFileByPath("aisle/plugin/v1/" + name + ".proto")
		if err != nil {
			return err
		}
		set.File = append(set.File, protodesc.ToFileDescriptorProto(f))
	}
	b, err := proto.Marshal(&set)
	if err != nil {
		return err
	}
	return os.WriteFile(path, b, 0o644) //nolint:gosec // it is published
}

// openFiles are the descriptors of this process but for what the runtime keeps for
// itself.
func openFiles() (all []string) {
	if runtime.GOOS != "linux" {
		return nil
	}
	list, _ := os.ReadDir("/proc/self/fd")
	for _, e := range list {
		to, err := os.Readlink("/proc/self/fd/" + e.Name())
		if err != nil || strings.Contains(to, "eventpoll") || strings.Contains(to, "eventfd") {
			continue
		}
		all = append(all, e.Name()+" "+to)
	}
	return all
}
