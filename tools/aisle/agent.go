package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/openaisle/aisle/framework/supervisor/agent"
)

// agentPort is where an agent listens if nothing else is said, and joinPort
// where the store's machine waits for one.
const agentPort, joinPort = "7443", "7444"

func newAgent() *cobra.Command {
	return group("agent", "Run plugins on another machine of the store",
		"  aisle agent init --store corner\n  aisle agent enroll back --address 10.0.0.5:7443\n"+
			"  aisle agent run --allow shelfsense=/opt/shelfsense/plugin",
		newAgentInit(), newAgentEnroll(), newAgentJoin(), newAgentRun(), newAgentList(), newAgentRevoke())
}

// caFlag is the flag of a folder with the store's certificates.
func caFlag(c *cobra.Command, dir *string) {
	c.Flags().StringVar(dir, "ca", "", "`folder` of the store's certificates (default \"aisle/ca\" in the user's configuration)")
}

func caDir(dir string) string {
	if dir == "" {
		return agent.DefaultDir()
	}
	return dir
}

// agentDir is where an agent's certificates are if nothing else is said.
func agentDir(dir string) string {
	if dir == "" {
		return filepath.Join(filepath.Dir(agent.DefaultDir()), "agent")
	}
	return dir
}

func newAgentInit() *cobra.Command {
	var dir, name string
	c := &cobra.Command{
		Use:   "init --store NAME",
		Short: "Make the store's own authority over certificates, and this host's certificate",
		Long: "Init makes the authority that host and agents of a store know each other by, valid for ten years, and the\n" +
			"certificate of this host, valid for one. Where the authority is there already it makes this host a new\n" +
			"certificate. Keep ca.key where nobody else reads it: only init, enroll and revoke need it.",
		Example: "  aisle agent init --store corner",
		Args:    needs(),
		RunE: func(c *cobra.Command, _ []string) error {
			if name == "" {
				return errors.New("aisle agent init: --store is missing: the store's name")
			}
			dir := caDir(dir)
			if _, err := agent.Init(dir, name, time.Now()); err != nil {
				return err
			}
			id, err := agent.Load(dir, agent.RoleHost)
			if err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "The certificates of %s are in %s. That of this host is good until %s; the same command renews it.\n",
				id.Name, dir, id.Until.Format(time.DateOnly))
			return nil
		},
	}
	caFlag(c, &dir)
	c.Flags().StringVar(&name, "store", "", "the store's `name` (required)")
	return c
}

// enrollFlags is the flags of the command.
type enrollFlags struct{ dir, address, listen, tokenFile string }

func newAgentEnroll() *cobra.Command {
	var f enrollFlags
	c := &cobra.Command{
		Use:   "enroll NAME --address HOST:PORT",
		Short: "Let a machine join as an agent, or renew its certificate",
		Long: "Enroll prints the command to run on the other machine and waits until it was run, at most " + agent.EnrollWithin.String() + ".\n" +
			"The token in it is good once. The other machine makes its own key, which never leaves it.",
		Example: "  aisle agent enroll back --address 10.0.0.5:" + agentPort,
		Args:    needs("the agent's name"),
		RunE:    func(c *cobra.Command, args []string) error { return f.run(c, args[0]) },
	}
	caFlag(c, &f.dir)
	c.Flags().StringVar(&f.address, "address", "", "`host:port` that the agent will listen on (required)")
	c.Flags().StringVar(&f.listen, "listen", ":"+joinPort, "`address` to wait on")
	c.Flags().StringVar(&f.tokenFile, "token-file", "", "write \"HOST:PORT TOKEN\" to a `file` of mode 0600 instead of showing it")
	return c
}

func (f enrollFlags) run(c *cobra.Command, name string) error {
	if _, _, err := net.SplitHostPort(f.address); err != nil {
		return fmt.Errorf("aisle agent enroll: --address must be the host and port that the agent will listen on, such as 10.0.0.5:%s", agentPort)
	}
	ca, err := agent.OpenCA(caDir(f.dir))
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%w: run \"aisle agent init --store NAME\" first", err)
	}
	if err != nil {
		return err
	}
	e, err := ca.Enroll(name, time.Now)
	if err != nil {
		return err
	}
	lis, err := net.Listen("tcp", f.listen)
	if err != nil {
		return err
	}
	w := c.OutOrStdout()
	at := reachable(lis.Addr().String(), f.address)
	if f.tokenFile != "" {
		if err := os.WriteFile(f.tokenFile+".new", []byte(at+" "+e.Token()+"\n"), 0o600); err != nil {
			return errors.Join(err, lis.Close())
		}
		if err := os.Rename(f.tokenFile+".new", f.tokenFile); err != nil {
			return errors.Join(err, lis.Close())
		}
	} else {
		fmt.Fprintf(w, "Run this on the other machine within %v; it is good once:\n\n  aisle agent join %s %s\n\n", agent.EnrollWithin, at, e.Token())
	}
	_, port, _ := net.SplitHostPort(f.address) // seen above
	fmt.Fprintf(w, "Then, there:\n\n  aisle agent run --listen :%s --allow PLUGIN=PROGRAM\n\nAnd in the store file:\n\n"+
		"  agent %q {\n    address = %q\n  }\n\n  plugin \"PLUGIN\" {\n    agent = agent.%s\n    ...\n  }\n\n", port, name, f.address, name)
	if err := e.Serve(c.Context(), lis); err != nil {
		return err
	}
	fmt.Fprintf(w, "%s has joined.\n", name)
	return nil
}

// reachable gives a listener's address as another machine may call it: that from
// which this one would reach the other.
func reachable(own, other string) string {
	host, port, err := net.SplitHostPort(own)
	if err != nil {
		return own
	}
	if ip := net.ParseIP(host); ip != nil && !ip.IsUnspecified() {
		return own
	}
	route, err := net.Dial("udp", other) // sends nothing
	if err != nil {
		return own
	}
	defer route.Close()
	if host, _, err = net.SplitHostPort(route.LocalAddr().String()); err != nil {
		return own
	}
	return net.JoinHostPort(host, port)
}

func newAgentJoin() *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:     "join HOST:PORT TOKEN",
		Short:   "Join a store as the agent that \"aisle agent enroll\" waits for",
		Example: "  aisle agent join 10.0.0.2:" + joinPort + " TOKEN",
		Args:    needs("the address that enroll printed", "the token"),
		RunE: func(c *cobra.Command, args []string) error {
			id, err := agent.Join(c.Context(), args[0], args[1], agentDir(dir))
			if err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "This machine is agent %s until %s. Its certificate is in %s.\n", id.Name, id.Until.Format(time.DateOnly), agentDir(dir))
			return nil
		},
	}
	c.Flags().StringVar(&dir, "dir", "", "`folder` for the agent's certificate (default \"aisle/agent\" in the user's configuration)")
	return c
}

func newAgentRevoke() *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:   "revoke NAME",
		Short: "Accept an agent's certificates no longer",
		Long: "Revoke puts every certificate of an agent on the list of those that the host refuses from its next connection\n" +
			"on; a running host keeps a connection that it has until it is cut. To shut a host out of its agents, put its\n" +
			"serial number into the file \"revoked\" in each agent's folder, or make a new authority.",
		Example: "  aisle agent revoke back",
		Args:    needs("the agent's name"),
		RunE: func(c *cobra.Command, args []string) error {
			ca, err := agent.OpenCA(caDir(dir))
			if err != nil {
				return err
			}
			n, err := ca.Revoke(args[0])
			if err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "%s of %s: refused from now on.\n", count(n, "certificate"), args[0])
			return nil
		},
	}
	caFlag(c, &dir)
	return c
}

func newAgentList() *cobra.Command {
	var dir string
	var asJSON bool
	c := &cobra.Command{
		Use:     "list",
		Short:   "List the certificates of a store, and when they end",
		Example: "  aisle agent list",
		Args:    needs(),
		RunE: func(c *cobra.Command, _ []string) error {
			ca, err := agent.OpenCA(caDir(dir))
			if err != nil {
				return err
			}
			all, err := ca.Issued()
			if err != nil {
				return err
			}
			return listIssued(c.OutOrStdout(), all, asJSON, time.Now())
		},
	}
	caFlag(c, &dir)
	c.Flags().BoolVar(&asJSON, "json", false, "one object a line")
	return c
}

func listIssued(w io.Writer, all []agent.Issued, asJSON bool, now time.Time) error {
	for _, i := range all {
		if asJSON {
			if err := object(w, i); err != nil {
				return err
			}
			continue
		}
		state := ""
		switch {
		case i.Revoked:
			state = ", revoked"
		case now.After(i.Until):
			state = ", expired: " + i.Renewal()
		case i.Until.Sub(now) <= agent.RenewWithin:
			state = ": " + i.Renewal()
		}
		fmt.Fprintf(w, "%s %s until %s%s\n", i.Role, i.Name, i.Until.Format(time.DateOnly), state)
	}
	return nil
}
