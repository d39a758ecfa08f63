package access

import (
	"slices"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// Manager answers what a user may do; the engine's own grants everything to everybody.
type Manager struct {
	*simulator.AuthorizationManager
	users Users
}

// Install puts the manager in the engine's place.
func (u Users) Install(registry *simulator.Registry) {
	content := registry.Get(vim25.ServiceInstance).(*simulator.ServiceInstance).Content
	engine := registry.Get(*content.AuthorizationManager).(*simulator.AuthorizationManager)
	registry.Put(&Manager{AuthorizationManager: engine, users: u})
}

// HasPrivilegeOnEntities answers for the user of a session.
func (m *Manager) HasPrivilegeOnEntities(ctx *simulator.Context, req *types.HasPrivilegeOnEntities) soap.HasFault {
	list := m.availability(ctx, m.userOf(ctx, req.SessionId), req.Entity, req.PrivId)
	return &methods.HasPrivilegeOnEntitiesBody{Res: &types.HasPrivilegeOnEntitiesResponse{Returnval: list}}
}

// HasUserPrivilegeOnEntities answers for a named user.
func (m *Manager) HasUserPrivilegeOnEntities(ctx *simulator.Context, req *types.HasUserPrivilegeOnEntities) soap.HasFault {
	list := m.availability(ctx, req.UserName, req.Entities, req.PrivId)
	return &methods.HasUserPrivilegeOnEntitiesBody{Res: &types.HasUserPrivilegeOnEntitiesResponse{Returnval: list}}
}

// HasPrivilegeOnEntity answers for the user of a session, on one object.
func (m *Manager) HasPrivilegeOnEntity(ctx *simulator.Context, req *types.HasPrivilegeOnEntity) soap.HasFault {
	user := m.userOf(ctx, req.SessionId)
	list := m.availability(ctx, user, []types.ManagedObjectReference{req.Entity}, req.PrivId)
	var granted []bool
	for _, answer := range list[0].PrivAvailability {
		granted = append(granted, answer.IsGranted)
	}
	return &methods.HasPrivilegeOnEntityBody{Res: &types.HasPrivilegeOnEntityResponse{Returnval: granted}}
}

// FetchUserPrivilegeOnEntities lists what a named user may do.
func (m *Manager) FetchUserPrivilegeOnEntities(ctx *simulator.Context, req *types.FetchUserPrivilegeOnEntities) soap.HasFault {
	var list []types.UserPrivilegeResult
	for _, entity := range req.Entities {
		ids, all := m.users.Privileges(ctx.Map, req.UserName, entity)
		if all {
			ids = m.everything()
		}
		list = append(list, types.UserPrivilegeResult{Entity: entity, Privileges: ids})
	}
	return &methods.FetchUserPrivilegeOnEntitiesBody{Res: &types.FetchUserPrivilegeOnEntitiesResponse{Returnval: list}}
}

func (m *Manager) availability(
	ctx *simulator.Context, user string, entities []types.ManagedObjectReference, ids []string,
) []types.EntityPrivilege {
	var list []types.EntityPrivilege
	for _, entity := range entities {
		held, all := m.users.Privileges(ctx.Map, user, entity)
		answer := types.EntityPrivilege{Entity: entity}
		for _, id := range ids {
			granted := all || slices.Contains(held, id)
			answer.PrivAvailability = append(answer.PrivAvailability, types.PrivilegeAvailability{PrivId: id, IsGranted: granted})
		}
		list = append(list, answer)
	}
	return list
}

// userOf is the user of the calling session, which is the one that clients ask about.
func (m *Manager) userOf(ctx *simulator.Context, _ string) string { return ctx.Session.UserName }

func (m *Manager) everything() []string {
	for _, role := range m.RoleList {
		if role.Name == "Admin" {
			return role.Privilege
		}
	}
	return nil
}
