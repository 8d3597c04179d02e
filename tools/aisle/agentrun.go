package main

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openaisle/aisle/framework/devices/lease"
	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/framework/supervisor/agent"
	"github.com/openaisle/aisle/framework/supervisor/build"
	"github.com/openaisle/aisle/framework/supervisor/sandbox"
)

// agentRun is the flags of the command.
type agentRun struct {
	dir, listen, plugins, addressFile string
	allow                             []string
	required                          bool
}

func newAgentRun() *cobra.Command {
	var r agentRun
	c := &cobra.Command{
		Use:   "run --allow NAME=PROGRAM",
		Short: "Run plugins for the store's host, until Ctrl-C",
		Long: "Run waits for the store's host and runs for it the plugins that it asks for by name: those given with --allow,\n" +
			"and every program in the folder of --plugins under its file's name. A host can ask for nothing else. The last\n" +
			"host that came has the agent; while the line to it is cut, plugins go on and keep what their devices report.",
		Example: "  aisle agent run --allow shelfsense=/opt/shelfsense/plugin\n  aisle agent run --listen 10.0.0.5:" + agentPort + " --plugins /opt/aisle/plugins",
		Args:    needs(),
		RunE:    func(c *cobra.Command, _ []string) error { return r.run(c) },
	}
	f := c.Flags()
	f.StringVar(&r.dir, "dir", "", "`folder` of the agent's certificate (default \"aisle/agent\" in the user's configuration)")
	f.StringVar(&r.listen, "listen", ":"+agentPort, "`address` to wait on for the host")
	f.StringVar(&r.plugins, "plugins", "", "`folder` of programs, each for the plugin of its file's name")
	f.StringArrayVar(&r.allow, "allow", nil, "the program of a plugin, as `NAME=PROGRAM`; a Go package is built")
	f.BoolVar(&r.required, "isolation-required", false, "refuse to start a plugin where this machine can't isolate it in every way")
	f.StringVar(&r.addressFile, "address-file", "", "write the address that it waits on to a `file`")
	return c
}

func (r agentRun) run(c *cobra.Command) (err error) {
	dir := agentDir(r.dir)
	id, err := agent.Load(dir, agent.RoleAgent)
	if errors.Is(err, fs.ErrNotExist) {
		return notJoined(dir, r.listen)
	}
	if err != nil {
		return err
	}
	programs, err := r.programs(c)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(c.ErrOrStderr(), nil))
	if text, due := id.Expiry(); due {
		log.Warn(text)
	}
	sup := supervisor.New(&supervisor.Options{Log: log, LogDir: filepath.Join(dir, "log"), Protected: protectedOf(dir)})
	defer func() { err = errors.Join(err, sup.Close()) }()
	o := agent.ServerOptions{Identity: id, Dir: dir, Programs: programs, Supervisor: sup, Log: log}
	if r.required {
		o.Isolation = sandbox.Required
	}
	s, err := agent.NewServer(&o)
	if err != nil {
		return err
	}
	lis, err := net.Listen("tcp", r.listen)
	if err != nil {
		return err
	}
	if r.addressFile != "" {
		if err := os.WriteFile(r.addressFile+".new", []byte(lis.Addr().String()), 0o644); err != nil {
			return errors.Join(err, lis.Close())
		}
		if err := os.Rename(r.addressFile+".new", r.addressFile); err != nil {
			return errors.Join(err, lis.Close())
		}
	}
	fmt.Fprintf(c.ErrOrStderr(), "Agent %s waits for its store on %s.\n", id.Name, lis.Addr())
	return s.Serve(c.Context(), lis)
}

// notJoined says how a machine becomes an agent of a store, in lines to copy.
func notJoined(dir, listen string) error {
	host, err := os.Hostname()
	if err != nil || host == "" {
		host = "back"
	}
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToLower(strings.SplitN(host, ".", 2)[0]))
	if name[0] < 'a' || name[0] > 'z' {
		name = "agent_" + name
	}
	_, port, err := net.SplitHostPort(listen)
	if err != nil || port == "0" {
		port = agentPort
	}
	return fmt.Errorf("this machine is no agent of a store yet: there is no certificate in %s. On the store's machine run\n  aisle agent enroll %s --address %s\n"+
		"and here the line that it prints, aisle agent join with an address and a token; then this again", dir, name, net.JoinHostPort(host, port))
}

// protectedOf is what no plugin of an agent is granted: its certificate, those of
// hosts, and what is built.
func protectedOf(dir string) []string {
	all := []string{agent.DefaultDir(), lease.Default(), dir}
	if user, err := os.UserCacheDir(); err == nil {
		all = append(all, filepath.Join(user, "aisle"))
	}
	for i := range all {
		if abs, err := filepath.Abs(all[i]); err == nil {
			all[i] = abs
		}
	}
	return all
}

// programs are what may run here, by the plugin's name.
func (r agentRun) programs(c *cobra.Command) (map[string]string, error) {
	all := map[string]string{}
	if r.plugins != "" {
		files, err := os.ReadDir(r.plugins)
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			if i, err := f.Info(); err == nil && i.Mode().IsRegular() && i.Mode()&0o111 != 0 {
				path, err := filepath.Abs(filepath.Join(r.plugins, f.Name()))
				if err != nil {
					return nil, err
				}
				all[f.Name()] = path
			}
		}
	}
	b := build.New(nil)
	for _, a := range r.allow {
		name, source, ok := strings.Cut(a, "=")
		if !ok || name == "" || source == "" {
			return nil, fmt.Errorf("aisle agent run: --allow %s: write it as NAME=PROGRAM", a)
		}
		if _, twice := all[name]; twice {
			return nil, fmt.Errorf("aisle agent run: plugin %s has two programs", name)
		}
		if !filepath.IsAbs(source) && !strings.HasPrefix(source, ".") {
			source = "." + string(filepath.Separator) + source
		}
		path, err := b.Binary(c.Context(), "", "plugin", name, source)
		if err != nil {
			return nil, err
		}
		all[name] = path
	}
	if len(all) == 0 {
		return nil, errors.New("aisle agent run: no plugin may run here: give it one with --allow NAME=PROGRAM or --plugins FOLDER")
	}
	return all, nil
}
