package config_test

import (
	"testing"

	"github.com/openaisle/aisle/sdk/config"
)

func TestAccessTags(t *testing.T) {
	type good struct {
		Addr  string   `aisle:"addr,required,dial"`
		Hosts []string `aisle:"hosts,dial"`
		Port  int      `aisle:"port,listen"`
		Node  string   `aisle:"node,device"`
		File  string   `aisle:"file,read"`
		State string   `aisle:"state,write"`
		USB   string   `aisle:"usb_serial,usb"`
		Name  string   `aisle:"name"`
	}
	s, err := config.SchemaOf[good]()
	if err != nil {
		t.Fatal(err)
	}
	want := []config.Access{config.AccessDial, config.AccessDial, config.AccessListen, config.AccessDevice, config.AccessRead, config.AccessWrite, config.AccessUSB, config.AccessNone}
	for i, a := range s.Attributes {
		if a.Access != want[i] {
			t.Errorf("%s: %v, want %v", a.Name, a.Access, want[i])
		}
	}
	type twice struct {
		A string `aisle:"a,read,write"`
	}
	type number struct {
		A int `aisle:"a,dial"`
	}
	type block struct {
		A good `aisle:"a,read"`
	}
	type mapped struct {
		A map[string]string `aisle:"a,read"`
	}
	type none struct {
		A string `aisle:"a,none"`
	}
	for name, of := range map[string]func() (config.Schema, error){
		"twice": config.SchemaOf[twice], "number": config.SchemaOf[number], "block": config.SchemaOf[block],
		"map": config.SchemaOf[mapped], "none": config.SchemaOf[none],
	} {
		if _, err := of(); err == nil {
			t.Errorf("%s passes", name)
		}
	}
	if err := (config.Schema{Attributes: []config.Attribute{{Name: "a", Type: config.TypeString, Access: config.AccessUSB + 1}}}).Validate(); err == nil {
		t.Error("an access that nobody knows passes")
	}
}
