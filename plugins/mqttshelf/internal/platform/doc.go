// Package platform makes Aisle's shelves of controllers that publish over MQTT.
package platform
